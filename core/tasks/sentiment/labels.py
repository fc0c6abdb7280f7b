"""The classes that every model of the catalogue answers with; a fine-tuned one has labels of its own."""

from __future__ import annotations

LABELS = ("negative", "neutral", "positive")
"""In the order of the scores. A model of two classes leaves the middle one at 0."""
