"""The sentiment page."""

from __future__ import annotations

import pytest

from tests.pages.conftest import settle

CSV = (
    "id,review\n1,An excellent phone and I love it.\n2,\n3,这家店的面很好吃，老板也很热情，推荐！\n"
)


def everything(app) -> str:
    parts = [*app.markdown, *app.caption, *app.info, *app.error]
    return " ".join(str(part.value) for part in parts)


def test_chinese_is_answered_without_any_download(open_page):
    app = open_page("sentiment", example="hotel")
    assert not app.exception
    assert "LSTM" in everything(app)
    assert any("positive" in heading.value for heading in app.subheader)


def test_missing_english_weights_are_offered_with_their_licence(open_page):
    app = open_page("sentiment")
    assert "Not on this computer yet" in everything(app)
    assert "Apache-2.0" in everything(app)
    assert not app.exception


def test_an_empty_text_asks_for_one(open_page):
    app = open_page("sentiment", example="book")
    app.text_area(key="text book").set_value("  ")
    settle(app.run())
    assert "Type a text" in everything(app)


def test_a_language_that_no_model_knows_is_named_and_the_text_kept(open_page):
    app = open_page("sentiment", example="book")
    app.text_area(key="text book").set_value("Отличный фильм, всем советую!")
    settle(app.run())
    assert "Russian" in everything(app)
    assert app.text_area(key="text book").value == "Отличный фильм, всем советую!"


@pytest.mark.starters
def test_the_first_example_is_answered_when_the_page_opens(starters, open_page):
    app = open_page("sentiment")
    assert not app.exception
    assert "MiniLM" in everything(app)
    assert app.subheader


@pytest.mark.starters
def test_a_column_of_a_table_is_judged_and_empty_cells_say_so(starters, open_page):
    app = open_page("sentiment", kind="many")
    app.file_uploader(key="table").set_value(("a.csv", CSV.encode(), "text/csv"))
    settle(app.run())
    assert next(s.value for s in app.selectbox if s.label == "Column with the texts") == "review"
    labels = app.dataframe[0].value["Label"].tolist()
    assert "positive" in labels[0]
    assert "empty" in labels[1]
    assert "positive" in labels[2]


def test_a_table_without_the_chosen_column_names_those_it_has(open_page):
    app = open_page("sentiment", kind="many")
    app.session_state["column of texts"] = "review"
    app.file_uploader(key="table").set_value(("b.csv", "号,评论\n1,很好\n".encode(), "text/csv"))
    settle(app.run())
    assert "no column “review”" in everything(app)
    assert not app.exception


def test_many_texts_are_counted_and_listed(open_page):
    app = open_page("sentiment", kind="many")
    assert len(app.dataframe[0].value) == 12
    assert not app.exception


def test_a_fine_tuned_models_own_labels_are_drawn():
    from core.inputs.tables import Table
    from core.serving.predictor import Timing
    from core.tasks.sentiment.predict import SentenceScore, SentimentResult
    from pages._ui.predict import moods

    timing = Timing(preprocess=0, forward=0, postprocess=0)
    scores = {"sport": 0.7, "<b>": 0.2, "news": 0.1}
    result = SentimentResult(
        label="sport",
        score=0.7,
        scores=scores,
        sentences=[SentenceScore(start=0, end=4, label="<b>", score=0.6)],
        model="own",
        device="cpu",
        timing=timing,
    )
    assert moods.marked("sport") == "🏷️ sport"
    assert moods.named([result]) == list(scores)
    assert "<b>" not in moods.coloured("Goal! He scored.", result)
    table = moods.as_csv(Table(("text",), (("Goal!",),)), [result])
    assert table.splitlines()[0] == "text,label,sport,<b>,news,model,error"
