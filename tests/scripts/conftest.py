"""The tiny networks and texts of the application whose starters the scripts train."""

from __future__ import annotations

from tests.core.tasks.sentiment.conftest import packaged_texts, tiny_minilm

__all__ = ["packaged_texts", "tiny_minilm"]
