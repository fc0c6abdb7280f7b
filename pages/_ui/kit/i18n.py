"""The interface's languages: English in the code, the others in gettext catalogues.

`_("…")` translates when it is called; placeholders are filled in after translation. The catalogue
is read from its `.po` file, so that there is no compiled copy to go stale.
"""

from __future__ import annotations

import gettext
from contextvars import ContextVar
from functools import cache
from io import BytesIO
from pathlib import Path

import streamlit as st

from pages._ui.kit import address

LANGUAGES = {"en": "English", "zh": "简体中文"}
CATALOGUE = Path(__file__).parent / "locale" / "{language}" / "LC_MESSAGES" / "portal.po"


_language: ContextVar[str] = ContextVar("language")
"""Of the run of a page in this thread: hundreds of words ask for it. Set by `switch`."""


def current() -> str:
    """Code of the language of this visit; the browser's own is the first choice."""
    if known := _language.get(""):
        return known
    chosen = st.session_state.get("lang")
    return chosen if chosen in LANGUAGES else _of_browser()


def _of_browser() -> str:
    locale = (st.context.locale or "en").partition("-")[0].lower()
    return locale if locale in LANGUAGES else "en"


def _(message: str) -> str:
    """`message` in the visitor's language; English where a translation is missing."""
    return _translations(current()).gettext(message) if message else ""


@cache
def _translations(language: str) -> gettext.NullTranslations:
    path = Path(str(CATALOGUE).format(language=language))
    if not path.exists():
        return gettext.NullTranslations()
    from babel.messages.mofile import write_mo
    from babel.messages.pofile import read_po

    compiled = BytesIO()
    with path.open("rb") as file:
        write_mo(compiled, read_po(file, locale=language))
    compiled.seek(0)
    return gettext.GNUTranslations(compiled)


def switch() -> None:
    """The language menu. It is part of the address, so that a reload or a link keeps it."""
    chosen = address.menu(
        "🌐 Language · 语言",
        list(LANGUAGES),
        key="lang",
        default=_of_browser(),
        title=LANGUAGES.__getitem__,
    )
    _language.set(chosen)


def streamlits_words() -> None:
    """Streamlit's own widgets speak English only; say their few words in the visitor's language."""
    if current() == "en":
        return
    words = {
        "[data-testid=stFileUploaderDropzone] button p": _("Choose files"),
        "[data-testid=stFileUploaderDropzoneInstructions] span": _("or drop them here"),
        "[data-testid=stCameraInputButton]": _("Take the photo"),
    }
    rules = [
        f'{place}{{font-size:0}}{place}::after{{content:"{word}";font-size:.9rem}}'
        for place, word in words.items()
    ]
    st.html(f"<style>{''.join(rules)}[data-testid=InputInstructions]{{display:none}}</style>")
