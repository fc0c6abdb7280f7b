"""Lines through one's own points: an application with data and training that answers nothing."""
