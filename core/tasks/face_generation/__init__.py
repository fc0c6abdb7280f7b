"""Face generation: people who do not exist, generated from random numbers."""
