"""Words from outside are shown as they are: no page makes a link, an image, an icon or a formula of them."""

from __future__ import annotations

import io
import json
import re
import zipfile
from collections.abc import Iterator

import hypothesis
import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.data import datasets
from core.data.drafts import Draft, Sample
from core.errors import UsageError
from core.inputs.reading import Reading
from pages._ui.kit import errors, text
from tests.pages.jobs import told

HOSTILE = (
    "![x](http://foreign.example/a.png) [y](http://foreign.example) <img src=http://foreign.example/b.png> "
    "www.foreign.example :material/home: `z` $f$ :red[r] **b** me@foreign.example"
)
MARKUP = re.compile(
    r"(?<!\\)!\[x|(?<!\\)\]\(http://foreign|(?<!\u2060)http\\?://foreign|(?<!\u2060)www\.foreign|(?<!\\)<img|:material/home"
    r"|(?<!\\)\$f|:red\[|(?<!\\)\*\*b\*|\w@foreign|(?<!\\)`z"
)
"""What must not be left of it where Markdown is drawn."""
DRAWN = {"body", "label", "help", "caption", "captions", "text", "title", "content", "message"}
"""Fields of Streamlit's messages that are Markdown."""
PLAIN = {"Code", "Text", "Html", "Json", "Arrow", "ArrowVegaLiteChart", "Dataframe"}
"""Elements that draw no Markdown."""


def drawn(message: object) -> Iterator[str]:
    """Every Markdown text in one of Streamlit's messages."""
    kind = message.DESCRIPTOR.name
    for field, value in message.ListFields():
        repeated = value if hasattr(value, "append") or hasattr(value, "add") else [value]
        for one in repeated:
            if isinstance(one, str):
                if field.name in DRAWN or (kind == "Radio" and field.name == "options"):
                    yield one
            elif hasattr(one, "ListFields") and one.DESCRIPTOR.name not in PLAIN:
                yield from drawn(one)


def all_drawn(node: object) -> Iterator[str]:
    """Every Markdown text of a page: of a block and what is inside it."""
    proto = getattr(node, "proto", None)
    if proto is not None and proto.DESCRIPTOR.name not in PLAIN:
        yield from drawn(proto)
    for child in getattr(node, "children", {}).values():
        yield from all_drawn(child)


def words(app) -> list[str]:
    return [*all_drawn(app.main), *all_drawn(app.sidebar)]


@pytest.fixture
def foreign_data():
    """A data set with a name, labels and texts from outside."""
    items = [
        Sample({"text": f"{HOSTILE} {i}", "label": f"{HOSTILE} {i % 2}"}, f"line {i}", key=str(i))
        for i in range(4)
    ]
    return datasets.add("sentiment", HOSTILE[:70], Draft(samples=items, facts={}))


@pytest.fixture
def foreign_model():
    """A model with a title and classes from outside."""
    from safetensors.torch import save
    from torch import nn
    from torchvision.models import resnet18

    from core.tasks import exports
    from tests.pages.test_importing import ABOUT, CARD, CONFIG

    network = resnet18(weights=None)
    network.fc = nn.Linear(network.fc.in_features, 2)
    config = CONFIG | {"labels": [HOSTILE, "grass"]}
    members = {
        "card.json": json.dumps(CARD | {"title": HOSTILE[:70]}),
        "model.json": json.dumps(ABOUT | {"config": config}),
        "model.safetensors": save(network.state_dict()),
    }
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w") as archive:
        for name, content in members.items():
            archive.writestr(name, content)
    packed.seek(0)
    return exports.read_in(packed, "model.zip")


def test_a_foreign_name_of_a_data_set_is_no_markdown(open_page, foreign_data):
    app = open_page("sentiment", address={"part": "tune", "data": foreign_data.id})
    assert [one for one in words(app) if MARKUP.search(one)] == []
    assert not app.exception


def test_a_foreign_title_of_a_model_is_no_markdown(open_page, foreign_model):
    for app in (
        open_page("models"),
        open_page("image_classification", address={"model": foreign_model.id}),
    ):
        assert [one for one in words(app) if MARKUP.search(one)] == []
        assert not app.exception


@pytest.mark.parametrize("state", ["running", "done", "failed"])
def test_foreign_words_of_a_job_are_no_markdown(open_page, foreign_data, state):
    job = told(
        state,
        task="sentiment",
        name=HOSTILE,
        data=foreign_data.id,
        probes=(HOSTILE,),
        error={
            "code": "data_set",
            "template": "{name} is bad: {why}.",
            "values": {"name": HOSTILE, "why": HOSTILE},
        }
        if state == "failed"
        else None,
    )
    for app in (
        open_page("training"),
        open_page("training", address={"job": job.id, "look": "probes"}),
    ):
        assert [one for one in words(app) if MARKUP.search(one)] == []
        assert not app.exception


ADDRESSES = [
    ("training", {"job": HOSTILE}),
    ("training", {"task": HOSTILE, "state": HOSTILE, "compare": HOSTILE}),
    ("sentiment", {"part": "tune", "job": HOSTILE}),
    ("sentiment", {"part": "tune", "data": HOSTILE, "base": HOSTILE, "ft.epochs": HOSTILE}),
    (
        "image_classification",
        {"model": HOSTILE, "second": HOSTILE, "compare": "true", "top_k": HOSTILE},
    ),
    ("object_detection", {"model": HOSTILE, "classes": HOSTILE, "kind": HOSTILE}),
    ("translation", {"source": HOSTILE, "targets": HOSTILE}),
    ("models", {"job": HOSTILE, "lang": HOSTILE}),
]


@pytest.mark.parametrize(
    ("page", "address"), ADDRESSES, ids=lambda one: one if isinstance(one, str) else "+".join(one)
)
def test_no_address_puts_markdown_on_a_page(open_page, page, address):
    app = open_page(page, address=address)
    assert [one for one in words(app) if MARKUP.search(one)] == []


def test_the_check_itself_sees_what_is_not_escaped():
    assert len(MARKUP.findall(HOSTILE)) >= 10
    assert not MARKUP.search(text.plain(HOSTILE))


def test_values_in_a_message_are_escaped_and_its_own_markup_stays():
    said = errors.message(
        UsageError("**{name}** is wrong: {why}", name=HOSTILE, why=ValueError(HOSTILE))
    )
    assert said.startswith(r"**\!\[x\]")
    assert not MARKUP.search(said.removeprefix("**"))


def test_in_a_table_values_stay_as_they_are():
    assert errors.message(UsageError("{name}", name="a_*b*"), str) == "a_*b*"


def test_what_a_reader_noted_is_escaped():
    reading = Reading()
    reading.assume("a", "Taken: {name}", name=HOSTILE)
    one = reading.assumptions[0]
    assert not MARKUP.search(errors.message_of(one.template, one.values))


@pytest.mark.parametrize("hidden", ["\u202e", "\u2066", "\x00", "\x1b", "\ud800"])
def test_what_cannot_be_seen_is_shown_as_a_sign(hidden):
    assert text.plain(f"a{hidden}b") == "a\ufffdb"


def test_a_word_without_end_is_cut():
    assert len(text.plain("a" * 10**6)) < 3000


@pytest.mark.parametrize(
    "address", ["javascript:alert(1)", "http://a) [b](http://c", "data:x", "", "//a"]
)
def test_a_link_goes_to_the_web_or_nowhere(address):
    assert "](" not in text.link("words", address)


@given(st.text(alphabet="ab1.)(#*_`~<>[]!|\\&;:/$+=- \n\t@", max_size=40) | st.text(max_size=40))
@hypothesis.settings(max_examples=50, deadline=None)
def test_any_text_is_one_paragraph_of_nothing_but_text(given_text):
    from markdown_it import MarkdownIt

    parser = MarkdownIt("commonmark").enable(["table", "strikethrough"])
    tokens = parser.parse(text.plain(given_text))
    shown = " ".join(text.UNSEEN.sub("\ufffd", " ".join(given_text.split())).split())
    if not shown:
        assert tokens == []
        return
    assert [token.type for token in tokens] == ["paragraph_open", "inline", "paragraph_close"]
    assert {child.type for child in tokens[1].children} == {"text"}
    assert tokens[1].children[0].content.replace(text.JOINER, "") == shown.replace(text.JOINER, "")
