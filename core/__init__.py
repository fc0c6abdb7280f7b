"""Loads the portal's models and runs them; imports no web framework and, by itself, no torch."""
