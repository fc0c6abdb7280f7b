"""Face generation: people who do not exist, drawn from random numbers."""
