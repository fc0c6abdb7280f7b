"""The command line, a file for each group of commands; `core.__main__` puts them together."""
