"""Practice: an application that only trains."""
