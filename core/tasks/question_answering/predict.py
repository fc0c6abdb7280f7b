"""Loads a reading model: an encoder with a question-answering head, or Gemma with a prompt."""

from __future__ import annotations

from core import weights
from core.catalog import ModelEntry
from core.device import Device
from core.tasks.question_answering.reader import Reader


def load(entry: ModelEntry, device: Device) -> Reader:
    """The reader of `entry`.

    Raises:
        NotReadyError: the weights are not there. IntegrityError: they do not fit the network.
    """
    folder = weights.require(entry)[0]
    if entry.config["reader"] == "decoder":
        from core.tasks.question_answering.prompting import PromptReader

        return PromptReader(entry, device, folder)
    from core.tasks.question_answering import encoder

    return encoder.load(entry, device, folder)
