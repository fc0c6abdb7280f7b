"""Fine-tuning jobs: live view, results, actions, lists, comparison."""
