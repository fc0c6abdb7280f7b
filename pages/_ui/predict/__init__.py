"""Asking a model: inputs, the call, and views of the results."""
