"""The second part of a page: data, form and start of a fine-tuning."""
