"""Words from outside, shown as they are: never as Markdown, links or images."""

from __future__ import annotations

import re


def plain(text: str) -> str:
    """`text` on one line, with Markdown's and LaTeX's own characters escaped."""
    return re.sub(r"([\\`*_{}\[\]()#+$!|<>~:-])", r"\\\1", " ".join(text.split()))
