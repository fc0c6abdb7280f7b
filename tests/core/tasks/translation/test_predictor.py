"""Every kind of translator through its real loader, from tiny checkpoints in the real files."""

from __future__ import annotations

import json
import subprocess
import sys

import pytest

from core import tasks
from core.errors import (
    CancelledError,
    NotReadyError,
    TextError,
    TimeLimitError,
    UsageError,
)
from core.inputs import tables
from core.models import catalog, weights
from core.progress import Progress
from core.serving.predictor import Timing
from core.tasks.translation import routing
from core.tasks.translation.catalog import PAIRS, PROMPTED
from core.tasks.translation.families.decoder import examples, parallel
from core.tasks.translation.predictor import SentencePair, TranslationResult
from tests.core.tasks.translation.checkpoints import write_gemma, write_m2m100, write_marian

PREDICTION = tasks.find("translation").predicting()
TEXT = "Two children play.\n\nA dog sleeps. A man reads."


def options(**values: object):
    return tasks.find("translation").parse({"source": "en", "target": "fr", **values})


def translate(model: str | None, *texts: str, progress: Progress | None = None, **values: object):
    return tasks.predict(
        "translation", texts, options(**values), model=model, device="cpu", progress=progress
    )


@pytest.fixture(params=["opus-mt-en-fr", "m2m100-418m", "gemma-3-270m"])
def model(request, tmp_path):
    if request.param.startswith("opus"):
        write_marian(request.param, tmp_path)
    elif request.param.startswith("m2m"):
        write_m2m100(tmp_path)
    else:
        write_gemma()
    return request.param


def test_every_family_translates_each_sentence_and_keeps_paragraphs(model):
    (result,) = translate(model, TEXT)
    assert [pair.source for pair in result.sentences] == [
        "Two children play.",
        "A dog sleeps.",
        "A man reads.",
    ]
    assert result.output.count("\n\n") == 1
    assert (result.source, result.target, result.model) == ("en", "fr", model)


def test_every_family_gives_the_same_alone_and_in_a_batch(model):
    sentences = ["Two children play.", "A dog sleeps under a tall tree in the park.", "Snow."]
    together = [r.output for r in translate(model, *sentences)]
    assert together == [translate(model, s)[0].output for s in sentences]


def test_every_family_gives_versions_by_beam_search(model):
    (result,) = translate(model, "A dog sleeps.", alternatives=3)
    versions = [result.output, *result.alternatives]
    assert len(versions) == len(set(versions)) > 1


def test_every_family_samples_the_same_with_the_same_seed(model):
    values = {"alternatives": 2, "method": "sampling", "temperature": 1.5}
    first, again = (translate(model, "A dog sleeps.", seed=3, **values)[0] for _ in range(2))
    assert (first.output, first.alternatives) == (again.output, again.alternatives)


def test_every_family_stops_when_cancelled(model):
    progress = Progress()
    progress.report = lambda *_: progress.cancelled.set()
    with pytest.raises(CancelledError):
        translate(model, TEXT, progress=progress)


def test_every_family_stops_at_the_deadline(model):
    translate(model, "Loaded now.")
    with pytest.raises(TimeLimitError):
        translate(model, TEXT, progress=Progress(seconds=0))


def test_m2m100_begins_with_the_mark_of_the_target(tmp_path):
    write_m2m100(tmp_path)
    translator = PREDICTION.load(catalog.find("m2m100-418m"), _cpu())
    begin = translator.engine._begin("fr", "zh")
    tokenizer = translator.engine.tokenizer
    assert tokenizer.src_lang == "fr"
    assert tokenizer.convert_ids_to_tokens(begin["forced_bos_token_id"]) == "__zh__"


def test_marian_into_chinese_marks_the_script(tmp_path):
    write_marian("opus-mt-en-zh", tmp_path)
    translator = PREDICTION.load(catalog.find("opus-mt-en-zh"), _cpu())
    ids = translator.engine.tokenizer(f"{translator.engine.mark} Snow.").input_ids
    assert translator.engine.tokenizer.convert_ids_to_tokens(ids)[0] == ">>cmn_Hans<<"


def test_the_command_line_keeps_the_libraries_off_stderr():
    write_gemma()
    command = ["predict", "translation", "A dog sleeps.", "--source", "en", "--target", "fr"]
    done = subprocess.run(
        [sys.executable, "-m", "core", *command, "--json"],
        capture_output=True,
        text=True,
        check=True,
    )
    assert done.stderr == ""
    assert json.loads(done.stdout)["model"] == "gemma-3-270m"


def result(*sentences: SentencePair, target: str = "fr") -> TranslationResult:
    timing = Timing(preprocess=0, forward=0, postprocess=0)
    made = {"model": "m", "device": "cpu", "timing": timing, "source": "en", "target": target}
    return TranslationResult(output="", alternatives=[], sentences=list(sentences), **made)


def test_a_table_has_a_row_for_each_sentence_with_its_versions():
    table = PREDICTION.table(
        ["x"],
        [
            result(
                SentencePair(source="Snow.", output="Neige.", alternatives=["La neige."]),
                SentencePair(source="Yes, yes.", output="Oui, oui.", alternatives=[]),
            )
        ],
        "en",
    )
    written = tables.write(table.columns, table.rows)
    assert written == 'en,fr,fr 2\r\nSnow.,Neige.,La neige.\r\n"Yes, yes.","Oui, oui."\r\n'


def test_a_table_of_several_languages_names_the_sides():
    pair = SentencePair(source="Snow.", output="Neige.", alternatives=[])
    table = PREDICTION.table(["x", "y"], [result(pair), result(pair, target="de")], "en")
    assert table.columns == ("en", "target")


def test_text_without_letters_comes_back_as_it_is():
    write_gemma()
    (result,) = translate("gemma-3-270m", "12:30 😀 — 100 %")
    assert result.output == "12:30 😀 — 100 %"


def test_a_text_in_an_unknown_language_is_refused_and_the_others_go_on():
    write_gemma()
    refused, result = translate(
        "gemma-3-270m", "12345", "Two children play in the park.", source="auto"
    )
    assert isinstance(refused, TextError)
    assert result.source == "en"


def test_the_same_language_twice_is_refused():
    with pytest.raises(UsageError, match="English"):
        routing.source_of("Hello", options(target="en"))


def test_a_text_that_is_in_the_target_language_is_refused():
    with pytest.raises(TextError, match="French already"):
        routing.source_of("Le chat dort sur le canapé.", options(source="auto"))


def test_a_pair_that_a_model_does_not_know_is_refused_with_those_it_knows(tmp_path):
    write_marian("opus-mt-en-fr", tmp_path)
    (refused,) = translate("opus-mt-en-fr", "Guten Morgen.", source="de")
    assert isinstance(refused, UsageError)
    assert "from en to fr" in str(refused)


def test_the_pairs_own_model_is_preferred(tmp_path):
    write_gemma()
    write_marian("opus-mt-en-fr", tmp_path)
    assert routing.route("Hello.", options(), tasks.candidates("translation")) == "opus-mt-en-fr"


def test_gemma_answers_where_no_other_model_is_ready():
    write_gemma()
    assert (
        routing.route(
            "Bonjour.", options(source="fr", target="zh"), tasks.candidates("translation")
        )
        == "gemma-3-270m"
    )


def test_without_any_ready_model_the_refusal_names_what_to_fetch():
    with pytest.raises(NotReadyError, match="opus-mt-en-fr, m2m100-418m, gemma-3-270m"):
        routing.route("Hello.", options(), tasks.candidates("translation"))


def test_the_decoder_knows_every_direction_between_its_languages():
    entry = catalog.find("gemma-3-270m")
    assert {(a, b) for a in PROMPTED for b in PROMPTED if a != b} == {
        (a, b) for a, targets in entry.config.pairs.items() for b in targets
    }


def test_there_are_as_many_example_sentences_in_every_language():
    assert {len(parallel("en", language)) for language in PROMPTED} == {8}


def test_the_prompt_shows_pairs_of_lines():
    assert examples("en", "fr").startswith("English: Two children")
    assert examples("en", "fr").count("\nFrench: ") == 3


@pytest.mark.parametrize("source", PAIRS)
def test_every_marian_pair_is_in_the_catalogue(source):
    for target in PAIRS[source]:
        entry = catalog.find(f"opus-mt-{source}-{target}")
        assert entry.weights[0].source.repo == f"Helsinki-NLP/opus-mt-{source}-{target}"


@pytest.mark.starters
def test_the_starter_translates_a_caption(starters):
    assert weights.is_ready(catalog.find("gemma-3-270m").weights[0])
    (result,) = translate(
        "gemma-3-270m", "Un homme dort sur un canapé avec un chat.", source="auto", target="en"
    )
    assert {"man", "cat"} <= set(result.output.lower().rstrip(".").split())


@pytest.mark.starters
def test_the_recipe_gives_what_the_page_gives(starters):
    from core.tasks.translation import recipe

    sentences = PREDICTION.examples()[3:5]
    bare = recipe.build(weights.require(catalog.find(recipe.MODEL)))(sentences)
    assert bare == [r.output for r in translate(recipe.MODEL, *sentences, source="fr", target="en")]


def _cpu():
    from core import device

    return device.choose("cpu")
