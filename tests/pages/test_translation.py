"""The translation page, on tiny models written by the test."""

from __future__ import annotations

import pytest

from core.tasks.translation.examples import EXAMPLES
from tests.core.tasks.translation.checkpoints import write_gemma
from tests.pages.conftest import settle


@pytest.fixture
def opened(data, open_page):
    write_gemma()
    return open_page("translation", source="fr")


def drawn(app) -> str:
    return " ".join(element.proto.body for element in app.get("html"))


def test_the_first_example_is_translated_when_the_page_opens(opened):
    assert not opened.exception
    assert [s.value for s in opened.subheader] == ["French → English"]
    assert "Une femme achète" in drawn(opened)


def test_several_targets_are_translated_at_once(opened):
    opened.multiselect(key="targets").set_value(["en", "de", "zh"])
    app = settle(opened.run())
    assert [s.value for s in app.subheader] == [
        "French → English",
        "French → German",
        "French → Chinese",
    ]


def test_swap_turns_the_direction_round_and_takes_the_translation_as_text(opened):
    opened.text_area[0].set_value("Bonjour.")
    app = settle(opened.run())
    next(b for b in app.button if b.label == "⇄").click()
    app = settle(app.run())
    assert app.selectbox(key="source").value == "en"
    assert app.multiselect(key="targets").value == ["fr"]
    assert app.text_area[0].value != "Bonjour."


def test_an_example_brings_its_languages(opened):
    opened.button(key="example letter").click()
    app = settle(opened.run())
    assert app.selectbox(key="source").value == "auto"
    assert app.multiselect(key="targets").value == list(EXAMPLES[2].targets)


def test_an_uploaded_file_is_translated_whatever_its_encoding(opened):
    data = "Voilà l'été à la mer.".encode("latin-1")
    opened.file_uploader[0].set_value(("note.txt", data, "text/plain"))
    app = settle(opened.run())
    assert "été" in app.text_area[0].value
    assert not app.exception


def test_an_empty_text_is_refused_and_the_languages_stay(opened):
    opened.text_area[0].set_value("   ")
    app = settle(opened.run())
    assert "empty" in app.error[0].value
    assert app.multiselect(key="targets").value == ["en"]


def test_what_looks_like_html_is_shown_as_text(opened):
    opened.text_area[0].set_value("Le <img src=x onerror=alert(1)> chat.")
    app = settle(opened.run())
    assert "<img" not in drawn(app)


def test_the_same_source_and_target_is_refused(opened):
    opened.multiselect(key="targets").set_value(["fr"])
    app = settle(opened.run())
    assert "both French" in app.error[0].value


def test_versions_are_shown_beside_the_translation(opened):
    opened.slider(key="alternatives").set_value(3)
    app = settle(opened.run())
    assert any("Version 2" in e.label for e in app.expander)


def test_the_terms_of_gemma_stand_on_the_page(opened):
    assert any("Gemma Terms of Use" in c.value for c in opened.caption)


def test_the_sentences_can_be_kept_as_csv_and_tsv(opened, monkeypatch):
    kept = {}
    monkeypatch.setattr(
        "pages._ui.predict.results.st.download_button",
        lambda label, data, name, *_, **__: kept.update({name: data}),
    )
    opened.text_area[0].set_value('Il dit "non", et dort. Snow.')
    settle(opened.run())
    text = kept["translation-fr-en.txt"]
    first, second = kept["translation-fr-en.tsv"].splitlines()[1:]
    assert kept["translation-fr-en.csv"].startswith(b"\xef\xbb\xbffr,en\r\n")
    assert first.startswith('"Il dit ""non"", et dort."\t')
    assert text.endswith(second.partition("\t")[2])
