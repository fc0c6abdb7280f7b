"""Words from outside, shown as they are: never as Markdown, links, images, icons or formulas.

Streamlit draws labels, captions, messages and most options as Markdown (GitHub's, with formulas, coloured text,
emoji and icons). Whatever is not a word of ours goes through `plain` before it gets there.
"""

from __future__ import annotations

import re

JOINER = "\u2060"
"""Word joiner: no width, no blank, no punctuation. It keeps apart what is replaced after Markdown was parsed, where no
backslash helps: addresses become links, `:material/…:` icons, `->` and `--` arrows and dashes."""
SPECIAL = re.compile(r"([\\`*\[\]#$!|<>~&]|(?<!\w)_|_(?!\w)|:(?=[A-Za-z/:])|^[-+=])")
"""What means something in Markdown, in the middle of a line or (lists, headings) at its beginning."""
NUMBERED = re.compile(r"^(\d{1,9})(?=[.)])")
"""What would begin an ordered list."""
ADDRESS = re.compile(r"(?=https?:|www\.)|(?<=\w)(?=@\w)", re.IGNORECASE)
ICON = re.compile(r"(?<=:)(?=[\w+-]+(/\w+)?:)")
SIGNS = re.compile(r"(?<=[-<>~])(?=[-=>])")
UNSEEN = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069\ud800-\udfff]")
"""Control characters, what turns the direction of the words around it, and halves of characters."""
WEB = re.compile(r"https?://[\w./?&=%#~+-]+")
LONGEST = 2_000


def plain(text: str) -> str:
    """`text` on one line, for Markdown: it looks as it was given. What cannot be seen becomes U+FFFD, and what is
    longer than LONGEST is cut."""
    line = UNSEEN.sub("\ufffd", " ".join(text.split()))
    if len(line) > LONGEST:
        line = line[:LONGEST] + "…"
    for between in (ADDRESS, ICON, SIGNS):
        line = between.sub(JOINER, line)
    return NUMBERED.sub(r"\1\\", SPECIAL.sub(r"\\\1", line))


def code(text: str) -> str:
    """`text` as a piece of code inside Markdown, where nothing needs an escape."""
    return "`" + UNSEEN.sub("\ufffd", " ".join(text.split())).replace("`", "'")[:LONGEST] + "`"


def link(words: str, address: str) -> str:
    """A link with `words` on it; the words alone where the address is none of the web."""
    if not WEB.fullmatch(address):
        return plain(words)
    return f"[{plain(words)}]({address})"
