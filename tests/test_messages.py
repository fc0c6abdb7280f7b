"""The catalogues: complete, and every placeholder survives translation."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from babel.messages.pofile import read_po

from scripts.messages import collect

CATALOGUES = sorted(Path(__file__).parents[1].glob("pages/_ui/kit/locale/*/LC_MESSAGES/portal.po"))
HOLE = re.compile(r"{(\w+)[^{}]*}")


@pytest.fixture(params=CATALOGUES, ids=lambda path: path.parts[-3])
def catalogue(request):
    with request.param.open("rb") as file:
        return read_po(file, locale=request.param.parts[-3])


def test_there_is_a_chinese_catalogue():
    assert [path.parts[-3] for path in CATALOGUES] == ["zh"]


def test_every_message_is_translated(catalogue):
    known = {message.id: message.string for message in catalogue if message.id}
    missing = [message.id for message in collect() if message.id and not known.get(message.id)]
    assert missing == [], "run `make messages` and translate"


def test_no_message_is_left_that_nothing_uses(catalogue):
    used = {message.id for message in collect()}
    assert [m.id for m in catalogue if m.id and m.id not in used] == [], "run `make messages`"


def test_placeholders_are_the_same_in_the_translation(catalogue):
    broken = [
        message.id
        for message in catalogue
        if message.id and set(HOLE.findall(message.id)) != set(HOLE.findall(message.string))
    ]
    assert broken == []
