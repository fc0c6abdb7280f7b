"""Values of a line: an application whose models are all trained here, without a data set."""
