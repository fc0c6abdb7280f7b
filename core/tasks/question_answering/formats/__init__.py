"""The kinds of files that questions come in; each module reads one into `Asked`."""
