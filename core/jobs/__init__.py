"""Fine-tuning jobs: the store that every process sees, the queue that starts workers, the worker."""
