"""A sample to fine-tune on, made from tables of countries and elements."""
