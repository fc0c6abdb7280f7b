"""The decoder, on a Gemma 3 of two layers with random weights."""

from __future__ import annotations

import pytest

from core import device
from core.errors import CancelledError
from core.progress import Progress
from core.serving import decoder
from tests.core.tasks.translation.checkpoints import write_gemma_into

PROMPTS = ["A dog", "The old man reads a paper on the", "Un"]


@pytest.fixture
def gemma(tmp_path):
    write_gemma_into(tmp_path)
    return decoder.load(tmp_path, device.choose("cpu"))


def generate(gemma: decoder.Decoder, prompts=PROMPTS, **settings: object):
    return gemma.generate(prompts, **{"max_new_tokens": 8, "progress": Progress(), **settings})


def test_a_remembered_prefix_changes_nothing(gemma):
    prefix = "An example line.\n\n"
    assert generate(gemma, prefix=prefix) == generate(gemma, [prefix + p for p in PROMPTS])


def test_prompts_of_different_length_are_answered_alike_alone_and_together(gemma):
    assert generate(gemma) == [generate(gemma, [prompt])[0] for prompt in PROMPTS]


def test_beams_return_as_many_texts_as_asked_for(gemma):
    assert [len(texts) for texts in generate(gemma, returned=3)] == [3, 3, 3]


def test_only_allowed_tokens_are_written(gemma):
    wanted = {0: gemma.encode("a"), 1: gemma.encode("b"), 2: gemma.encode("c")}
    texts = generate(gemma, allowed=lambda prompt, _tokens: wanted[prompt])
    assert [set(text) for (text,) in texts] == [{"a"}, {"b"}, {"c"}]


def test_the_score_is_the_mean_log_probability_of_the_answers_tokens(gemma):
    import torch

    (score,) = gemma.score(["A dog"], [" sleeps"], progress=Progress(), prefix="Line.\n")
    target = gemma.encode(" sleeps\n")
    ids = [gemma.tokenizer.bos_token_id, *gemma.encode("Line.\n"), *gemma.encode("A dog"), *target]
    with torch.inference_mode():
        logits = gemma.model(torch.tensor([ids])).logits[0].log_softmax(1)
    first = len(ids) - len(target) - 1
    expected = sum(logits[first + i, t].item() for i, t in enumerate(target)) / len(target)
    assert score == pytest.approx(expected, abs=1e-4)


def test_sampling_leaves_the_processes_random_numbers_alone(gemma):
    import torch

    torch.manual_seed(5)
    expected = torch.rand(1)
    torch.manual_seed(5)
    generate(gemma, temperature=1.0, seed=1)
    assert torch.rand(1) == expected


def test_a_cancel_stops_between_tokens(gemma):
    progress = Progress()
    seen = []

    def allowed(_prompt: int, tokens: list[int]) -> list[int]:
        seen.append(len(tokens))
        if len(tokens) == 2:
            progress.cancelled.set()
        return gemma.encode("a")

    with pytest.raises(CancelledError):
        generate(gemma, ["A"], allowed=allowed, max_new_tokens=50, progress=progress)
    assert max(seen) < 5


def test_two_tasks_share_one_decoder(gemma, tmp_path):
    assert decoder.load(tmp_path, device.choose("cpu")) is gemma
