"""The catalogue and the files behind it: where weights come from, what is on disk, what was fine-tuned here."""
