"""The sentiment page."""

from __future__ import annotations

import io
import zipfile

import pytest

from core import tasks
from core.errors import TextError
from core.inputs import tables
from core.inputs.tables import Table
from core.serving.predictor import Timing
from core.tasks.sentiment.predictor import SentenceScore, SentimentResult
from pages._ui.predict import classified_texts, columns
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
    app.session_state["Columns.chosen"] = "review"
    app.file_uploader(key="table").set_value(("b.csv", "号,评论\n1,很好\n".encode(), "text/csv"))
    settle(app.run())
    assert "no column “review”" in everything(app)
    assert not app.exception


def test_many_texts_are_counted_and_listed(open_page):
    app = open_page("sentiment", kind="many")
    assert len(app.dataframe[0].value) == 12
    assert not app.exception


def result(scores: dict[str, float], **more) -> SentimentResult:
    label = max(scores, key=scores.__getitem__)
    timing = Timing(preprocess=0, forward=0, postprocess=0)
    known = {"label": label, "score": scores[label], "scores": scores, "timing": timing}
    return SentimentResult(**known, model="own", device="cpu", **more)


def test_a_fine_tuned_models_own_labels_are_drawn():
    looks = classified_texts.Looks(str, {"good": "#fff"}, {"good": "🟢"}, {"good": "+"})
    sentences = [SentenceScore(start=0, end=4, label="<b>", score=0.6)]
    found = result({"sport": 0.7, "<b>": 0.2, "news": 0.1}, sentences=sentences)
    assert looks.marked("sport") == "🏷️ sport"
    assert looks.named([found]) == ["sport", "<b>", "news"]
    assert looks.named([]) == ["good"]
    assert "<b>" not in classified_texts.coloured("Goal! He scored.", found, looks)


def test_the_file_holds_the_uploaded_rows_with_label_probabilities_model_and_error():
    source = Table(("id", "review"), (("1", "Goal!"), ("2", ""), ("3", "a, b")))
    good = [result({"sport": 0.7, "news": 0.3}), result({"news": 1.0, "art": 0.0})]
    answers = [good[0], TextError("It is empty."), good[1]]
    made = tasks.find("sentiment").predicting().table(["Goal!", "a, b"], good, "zh")
    file = columns.answered(source, answers, made)
    assert tables.write(file.columns, file.rows) == (
        "id,review,label,sport,news,art,model,error\r\n"
        "1,Goal!,sport,0.700000,0.300000,0.000000,own,\r\n"
        "2,,,,,,,text\r\n"
        '3,"a, b",news,0.000000,1.000000,0.000000,own,\r\n'
    )


def test_a_file_of_nothing_but_errors_has_the_usual_columns():
    made = tasks.find("sentiment").predicting().table([], [], "en")
    file = columns.answered(Table(("t",), (("",),)), [TextError("It is empty.")], made)
    assert tables.write(file.columns, file.rows) == (
        "t,label,negative,neutral,positive,model,error\r\n,,,,,,text\r\n"
    )


@pytest.mark.parametrize(("lang", "label"), [("en", "positive"), ("zh", "正面")])
def test_labels_are_in_the_visitors_language(open_page, lang, label):
    app = open_page("sentiment", lang, example="hotel")
    assert any(label in heading.value for heading in app.subheader)


def test_a_zip_of_labelled_texts_is_taken_to_train_on(open_page):
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w") as archive:
        for label in ("good", "bad"):
            archive.writestr(f"{label}.txt", "\n".join(f"a {label} film, part {w}" for w in "abcd"))
    app = open_page("sentiment", address={"part": "tune", "data": "upload"})
    app.file_uploader(key="training data sentiment").set_value(
        ("texts.zip", packed.getvalue(), "application/zip")
    )
    settle(app.run())
    assert any(button.label == "Store 8 samples" for button in app.button)


def test_how_a_table_was_read_is_shown_and_another_encoding_can_be_chosen(open_page):
    app = open_page("sentiment", kind="many")
    data = "text;label\nświetna książka;dobra\nźle zapakowane;zła\n".encode("cp1250")
    app.file_uploader(key="table").set_value(("a.csv", data, "text/csv"))
    settle(app.run())
    assert "a.csv was read as cp1250" in everything(app)
    (field,) = (one for one in app.selectbox if one.key == "choice encoding")
    assert {"iso8859-2", "cp1252"} <= set(field.options)
    field.set_value("iso8859-2")
    settle(app.run())
    assert "a.csv was read as iso8859-2" in everything(app)
    assert not app.exception


def test_a_table_that_cannot_be_used_says_so_and_how_it_was_read(open_page):
    app = open_page("sentiment", kind="many")
    app.file_uploader(key="table").set_value(("a.csv", b"sep=;\ntext;label\nonly\n", "text/csv"))
    settle(app.run())
    assert "has no rows that can be read" in everything(app)
    assert not app.exception
