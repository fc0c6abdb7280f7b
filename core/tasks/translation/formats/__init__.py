"""The kinds of files that pairs of sentences come in: each module reads one into a draft."""
