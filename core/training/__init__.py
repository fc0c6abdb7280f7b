"""Fine-tuning: what can be set (`options`), one loop for every torch task (`loop`), what it is given and
gives back (`run`), its checkpoints (`states`), and how data is divided (`split`)."""
