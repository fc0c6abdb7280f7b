"""Training: what can be set (`options`), what a run is given and gives back (`run`), what a task adds
(`trainee`), the torch loop (`loop`), the bookkeeping that every driver shares (`recorder`), what a run
tells (`events`, `metrics`) and keeps (`run_folder`, `checkpoints`), and what its curves say (`diagnosis`)."""
