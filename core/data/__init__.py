"""Data sets to train on: stored versions, public samples, splits, near-duplicates."""
