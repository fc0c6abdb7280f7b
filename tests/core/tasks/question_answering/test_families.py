"""What a fine-tuned reader's `model.json` may say of its network."""

from __future__ import annotations

import pytest

from core import tasks

CONFIG = tasks.find("question_answering").predicting().config
DECODER = {"reader": "decoder", "shots": 0, "knows_none": True, "prompt": "{passage}", "blank": " "}


@pytest.mark.parametrize("stored", [{"reader": "encoder", "knows_none": False}, DECODER])
def test_what_the_first_version_stored_is_read_and_written_the_same(stored):
    assert list(CONFIG(stored).model_dump(mode="json").items()) == list(stored.items())


def test_a_decoder_of_the_first_version_without_its_prompt_is_read():
    assert CONFIG({"reader": "decoder", "shots": 0, "knows_none": False}).prompt == ""


@pytest.mark.parametrize(
    "hostile",
    [
        {},
        {"knows_none": True},
        {"reader": "other", "knows_none": True},
        {"reader": ["encoder"], "knows_none": True},
        {"reader": "encoder"},
        {"reader": "encoder", "knows_none": "perhaps"},
        {"reader": "encoder", "knows_none": 1},
        {"reader": "decoder", "knows_none": True},
        {**DECODER, "shots": 2},
        {**DECODER, "knows_none": None},
        {**DECODER, "prompt": "x" * 100_000},
        {**DECODER, "blank": " " * 100},
        {**DECODER, "prompt": {"a": 1}},
    ],
    ids=str,
)
def test_no_other_network_is_described(hostile):
    with pytest.raises(ValueError, match="validation error"):
        CONFIG(hostile)
