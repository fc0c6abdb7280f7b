"""Which language is a text in, and which does a word name? The first chooses a model, the second reads what a file says.

The detector is lingua. Its fast mode answers first (a moment to load, 20 MB); where that is known to
err, on short texts in Latin letters that it does not take for English or that have accents, its full
models (seconds to load, 300 MB) are asked. On the short English snippets that our sentiment model is trained on the fast
mode alone is right 96 times of 100, the full models 99. `recognise` asks among all the languages that lingua knows
(80 MB, a second once): what is in none of ours must not be taken for the nearest of them.

Names and codes of all languages are those of CLDR (library: Babel).
"""

from __future__ import annotations

import re
from functools import cache
from typing import TYPE_CHECKING

from core.errors import N_

if TYPE_CHECKING:
    from lingua import Language, LanguageDetector

NAMES = {
    "ar": N_("Arabic"),
    "de": N_("German"),
    "en": N_("English"),
    "es": N_("Spanish"),
    "fr": N_("French"),
    "hi": N_("Hindi"),
    "it": N_("Italian"),
    "ja": N_("Japanese"),
    "ko": N_("Korean"),
    "nl": N_("Dutch"),
    "pl": N_("Polish"),
    "pt": N_("Portuguese"),
    "ru": N_("Russian"),
    "sv": N_("Swedish"),
    "tr": N_("Turkish"),
    "vi": N_("Vietnamese"),
    "zh": N_("Chinese"),
}
"""ISO 639-1 codes with the languages' names in English, to be translated where they are shown."""

LATIN = frozenset(("de", "en", "es", "fr", "it", "nl", "pl", "pt", "sv", "tr", "vi"))
"""Written in Latin letters, so that only spelling tells them apart."""

ENOUGH = 1_000
"""Characters that are looked at: more make no difference."""

SHORT = 120
"""Characters below which the fast mode errs."""

DOUBT = 0.2
"""Below this confidence a plain ASCII text is taken for English: "fun!!", "excellent phone."."""

DOUBT_ONE_WORD = 0.5
"""The same for a single word: "Terrible", "ok"."""

CLEARLY = 5.0
"""How many times more likely all languages beyond ours have to be than the best of ours, for a short text."""

TINY = 20
"""Characters below which a text is never taken for one in a language that is not ours."""

NO_LANGUAGE = frozenset(
    ("", "und", "mul", "zxx", "mis", "c", "posix", "x", "i", "*all*", "src", "root")
)
"""What stands where a language could, and says none. (`src` is Sardinian too, and never means it.)"""

VARIANTS = frozenset(("latin", "cyrillic", "valencia", "euro"))
"""Of POSIX locales: sr@latin, ca@valencia."""


def detect(text: str, among: tuple[str, ...] | None = None) -> str | None:
    """The ISO 639-1 code of the language of `text`, None if it has no letters or none fits.

    `among` narrows the answer to those codes (of `NAMES`). An ASCII text that could be anything is
    English if English is among them.
    """
    start = text.strip()[:ENOUGH].encode("utf-8", "ignore").decode()
    codes = tuple(sorted(among or NAMES))
    if not any(c.isalpha() for c in start):
        return None
    if len(codes) == 1:
        return codes[0]
    code, _ = _best(start, codes, fast=True)
    accents = any("À" <= c <= "ɏ" for c in start)
    sure = not accents if code == "en" else code is not None and code not in LATIN
    if sure or len(start) >= SHORT:
        return code
    code, confidence = _best(start, codes, fast=False)
    doubt = DOUBT if " " in start else DOUBT_ONE_WORD
    return "en" if start.isascii() and confidence < doubt and "en" in codes else code


def recognise(text: str) -> str | None:
    """The ISO 639-1 code of the language of `text` among all that lingua knows, of `NAMES` or not; None if it has no
    letters. A short text is taken for one that is not of `NAMES` only where that is far more likely."""
    start = text.strip()[:ENOUGH].encode("utf-8", "ignore").decode()
    if not any(c.isalpha() for c in start):
        return None
    letters = len(
        " ".join(dict.fromkeys(re.findall(r"[^\W\d_]+", start)))
    )  # a word that comes again says nothing new
    found = _everything().compute_language_confidence_values(start)
    ours = [one for one in found if _code(one.language) in NAMES]
    best, beyond = found[0], sum(one.value for one in found) - sum(one.value for one in ours)
    if _code(best.language) in NAMES:
        return _code(best.language) if letters >= SHORT else detect(start)
    if letters >= SHORT or (letters >= TINY and beyond > CLEARLY * ours[0].value):
        return _code(best.language) if best.value else None
    return detect(start)


def title(code: str) -> str:
    """The name of a language in English: "Czech" for cs. A code that nobody knows is its own name."""
    if code in NAMES:
        return NAMES[code]
    from babel import Locale

    return str(Locale("en").languages.get(code, code))


def of_tag(text: str) -> str:
    """The ISO 639 code of what is said to be a language, as in the header of a file: `cs`, `pt_BR`, `zh-Hant`, `ces`,
    `sr@latin`, `cs_CZ.UTF-8`, `Czech`. A code that nobody knows is returned as it is; "" where none is said."""
    first = re.split(r"[-_@.]", text.strip().lower())[0]
    if first in NO_LANGUAGE:
        return ""
    return _known(first) or _by_name(text) or (first if re.fullmatch("[a-z]{2,8}", first) else "")


def of_word(text: str) -> str:
    """The ISO 639 code of the language that a column's head or a file's name names, in whole (`cs`, `ces`, `zh-Hant`,
    `Czech`, `čeština`) or by its first or last word (`text_cs`, `English text`); "" if it names none.

    Codes of three letters count only where there is one of two as well: the others are too often words.
    """
    if code := _of_whole(text):
        return code
    words = re.findall(r"[^\W\d_]+", text)
    ends = (words[-1], words[0]) if len(words) > 1 else ()
    return next((code for word in ends if (code := _of_whole(word))), "")


def _of_whole(text: str) -> str:
    if code := _by_name(text):
        return code
    first, *rest = re.split(r"[-_@]", text.strip().lower())
    if first in NO_LANGUAGE or not all(map(_is_subtag, rest)):
        return ""
    code = _known(first)
    return code if len(code) == 2 else ""


def _is_subtag(part: str) -> bool:
    """Whether `part` is a script, a region or one of the variants that files are named after."""
    from babel import Locale

    english = Locale("en")
    return (
        part.title() in english.scripts or part.upper() in english.territories or part in VARIANTS
    )


def _known(code: str) -> str:
    """The code that CLDR prefers: cs for ces and cze, zh for cmn; "" for one that it does not know."""
    from babel import Locale
    from babel.core import get_global

    code = str(get_global("language_aliases").get(code, code)).partition("_")[0]
    return code if code in Locale("en").languages else ""


def _by_name(text: str) -> str:
    """By a name in English, Chinese or the language itself, with or without a country in brackets."""
    name = re.sub(r"\s*[(（].*", "", text.strip()).casefold()
    if len(name) < 2:
        return ""
    return _names().get(name) or (_own_names().get(name, "") if _may_be_own(name) else "")


def _may_be_own(name: str) -> bool:
    """Loading what languages call themselves takes a while: not for heads such as `id` or `text_1`."""
    return len(name) > 3 and re.fullmatch(r"[^\W\d_]+(?: [^\W\d_]+)?", name) is not None


@cache
def _names() -> dict[str, str]:
    """Names in English and Chinese, without case: the code. Names of variants ("Brazilian Portuguese") too."""
    from babel import Locale

    found: dict[str, str] = {}
    for locale in ("zh_Hant", "zh", "en"):
        for code, name in Locale.parse(locale).languages.items():
            if code not in NO_LANGUAGE:
                found[str(name).casefold()] = str(code).partition("_")[0]
    return found | {"英文": "en"}


@cache
def _own_names() -> dict[str, str]:
    """What the languages that lingua knows call themselves (0.2 s, once)."""
    from babel import Locale, localedata
    from lingua import Language

    codes = sorted(_code(one) for one in Language.all())
    known = [code for code in codes if localedata.exists(code)]
    return {str(Locale(code).languages.get(code, "")).casefold(): code for code in known}


def _code(language: Language) -> str:
    return language.iso_code_639_1.name.lower()


@cache
def _everything() -> LanguageDetector:
    from lingua import LanguageDetectorBuilder

    return LanguageDetectorBuilder.from_all_languages().with_low_accuracy_mode().build()


def _best(text: str, codes: tuple[str, ...], fast: bool) -> tuple[str | None, float]:
    """The most likely language and its confidence in [0, 1]; None where none fits at all."""
    best = _detector(codes, fast).compute_language_confidence_values(text)[0]
    return (_code(best.language) if best.value else None), best.value


@cache
def _detector(codes: tuple[str, ...], fast: bool) -> LanguageDetector:
    """One detector per set of languages; it loads a language's model when first needed."""
    from lingua import IsoCode639_1, LanguageDetectorBuilder

    wanted = [getattr(IsoCode639_1, code.upper()) for code in codes]
    builder = LanguageDetectorBuilder.from_iso_codes_639_1(*wanted)
    return (builder.with_low_accuracy_mode() if fast else builder).build()
