"""Texts in capitals: an application that only answers."""
