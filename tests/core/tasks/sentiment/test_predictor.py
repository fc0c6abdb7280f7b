"""Every kind of sentiment model, loaded from files in its real format."""

from __future__ import annotations

from dataclasses import replace

import pytest
import torch

from core import tasks
from core.device import Device
from core.errors import IntegrityError, NotReadyError, TimeLimitError
from core.models import catalog, weights
from core.models.catalog import Licence, ModelEntry, Weights
from core.models.sources import HubSource
from core.progress import Progress
from core.tasks.sentiment.families import adapted, hub
from core.tasks.sentiment.networks import wide_and_deep
from core.training.components import lora
from core.training.options import Lora

TEXTS = ["the film was great!", "not good. never a good book."]
CPU = Device("cpu", "")
LONG = " ".join(f"the film was great number {'abcdefghij'[i % 10]}." for i in range(200))


def options(**values: object):
    return tasks.find("sentiment").parse(values)


def predict(model: str, texts=TEXTS, **values: object):
    return tasks.predict("sentiment", texts, options(**values), model=model)


def load(entry: ModelEntry):
    return tasks.find("sentiment").predicting().load(entry, CPU)


def with_adapters(folder):
    """The encoder in a folder with random adapters of rank 2, not merged yet."""
    model = adapted.untrained(folder)
    model.encoder.model = lora.attach(model.encoder.model, Lora(rank=2, alpha=4.0))
    return model


def test_two_hub_classes_become_three_with_neutral_at_zero(tiny_distilbert):
    for result in predict(tiny_distilbert.id):
        assert result.scores["neutral"] == 0
        assert sum(result.scores.values()) == pytest.approx(1, abs=1e-6)
        assert result.score == result.scores[result.label]


def test_a_torch_checkpoint_with_a_sentencepiece_tokenizer_answers(tiny_xlm_roberta):
    results = predict(tiny_xlm_roberta.id, ["c'est bien", "bad film"])
    assert all(min(result.scores.values()) > 0 for result in results)


def test_the_json_row_has_the_documented_keys(tiny_distilbert):
    row = predict(tiny_distilbert.id)[0].as_json()
    assert list(row) == ["label", "score", "scores", "model", "device", "ms"]
    assert list(row["scores"]) == ["negative", "neutral", "positive"]


def test_sentences_are_judged_where_they_stand(tiny_distilbert):
    (result,) = predict(tiny_distilbert.id, TEXTS[1:], sentences=True)
    spans = [TEXTS[1][s.start : s.end] for s in result.sentences]
    assert spans == ["not good.", "never a good book."]


def test_a_batch_answers_like_single_texts(tiny_distilbert):
    together = predict(tiny_distilbert.id, [*TEXTS, LONG])
    for text, result in zip([*TEXTS, LONG], together, strict=True):
        (alone,) = predict(tiny_distilbert.id, [text])
        assert alone.scores["positive"] == pytest.approx(result.scores["positive"], abs=1e-5)


def test_the_end_of_a_text_longer_than_the_window_counts(tiny_distilbert):
    other = LONG + " never awful bad bad" * 150
    first, second = predict(tiny_distilbert.id, [LONG, other])
    assert first.scores != second.scores


def test_a_sentence_longer_than_the_window_is_read_in_parts(tiny_distilbert):
    endless = "good " * 3000
    (result,) = predict(tiny_distilbert.id, [endless], sentences=True)
    assert len(result.sentences) > 1
    assert all(s.end - s.start < 3000 for s in result.sentences)


def test_windows_cover_every_sentence_and_fit_the_network(tiny_distilbert):
    predictor = load(tiny_distilbert)
    plan = predictor._plan(LONG, False, Progress())
    assert (plan.windows[0][0], plan.windows[-1][1]) == (0, len(LONG))
    assert all(predictor.network.count(piece) <= predictor.network.window for piece in plan.pieces)


def test_weights_without_the_classifier_are_refused(tiny_distilbert):
    from safetensors.torch import load_file, save_file

    path = weights.folder(tiny_distilbert.weights[0]) / "model.safetensors"
    kept = {k: v for k, v in load_file(path).items() if not k.startswith("classifier")}
    save_file(kept, path, metadata={"format": "pt"})
    weights.seal(tiny_distilbert.weights[0])
    with pytest.raises(IntegrityError, match=r"classifier\.bias"):
        predict(tiny_distilbert.id)


def test_classes_that_are_no_sentiment_are_refused(tiny_distilbert):
    path = weights.folder(tiny_distilbert.weights[0]) / "config.json"
    path.write_text(path.read_text().replace("NEGATIVE", "SPAM"))
    weights.seal(tiny_distilbert.weights[0])
    with pytest.raises(IntegrityError, match="spam"):
        predict(tiny_distilbert.id)


def test_names_and_links_are_masked_as_the_tweet_model_learnt_them():
    assert hub.masked("@ann look http://t.co/x me@x") == "@user look http me@x"


def test_merged_adapters_answer_like_the_trained_ones(tiny_minilm, tmp_path):
    torch.manual_seed(1)
    trained = with_adapters(tiny_minilm)
    for name, value in trained.named_parameters():
        if "lora_B" in name:
            torch.nn.init.normal_(value)
    adapted.save(trained, tmp_path, scale=2.0)
    merged = adapted.merged(tiny_minilm, tmp_path, "tiny")
    with torch.inference_mode():
        inputs = trained.inputs(TEXTS)
        expected = trained.eval()(**inputs)
        assert torch.allclose(merged(**inputs), expected, atol=2e-2)  # saved in half precision


def test_the_english_starters_kind_answers(tiny_minilm, data):
    adapters = Weights("tiny-adapters", HubSource("", "", ()), Licence(""), 0.1)
    folder = weights.folder(adapters)
    folder.mkdir(parents=True)
    adapted.save(with_adapters(tiny_minilm), folder, 2.0)
    weights.seal(adapters)
    known = catalog.find("minilm-sentiment-en")
    predictor = load(replace(known, id="tiny-en", weights=(known.weights[0], adapters)))
    (result,) = predictor.predict([LONG], options(), Progress())
    assert sum(result.scores.values()) == pytest.approx(1, abs=1e-5)


def test_the_lstm_is_the_same_after_saving(tiny_lstm, tmp_path):
    wide_and_deep.save(tiny_lstm, tmp_path)
    again = wide_and_deep.load(tmp_path)
    with torch.inference_mode():
        inputs = tiny_lstm.inputs(["很好的书", "？"])
        assert torch.allclose(again(**inputs), tiny_lstm(**inputs), atol=1e-2)


def test_padding_does_not_change_what_the_lstm_says(tiny_lstm):
    with torch.inference_mode():
        alone = tiny_lstm(**tiny_lstm.inputs(["很好"]))
        padded = tiny_lstm(**tiny_lstm.inputs(["很好", "不好的书" * 20]))
    assert torch.allclose(alone[0], padded[0], atol=1e-6)


def test_the_time_limit_is_noticed_between_batches(tiny_distilbert):
    texts = [f"good film {i}" for i in range(64)]
    with pytest.raises(TimeLimitError):
        tasks.predict(
            "sentiment", texts, options(), model=tiny_distilbert.id, progress=Progress(seconds=0)
        )


def test_missing_weights_name_the_remedy():
    with pytest.raises(NotReadyError, match="python -m core fetch distilbert-sst2"):
        predict("distilbert-sst2")
