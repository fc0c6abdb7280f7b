"""Loads a reading model: an encoder with a question-answering head, or Gemma with a prompt."""

from __future__ import annotations

from core.device import Device
from core.models import weights
from core.models.catalog import ModelEntry
from core.tasks.question_answering.reader import Reader


def load(entry: ModelEntry, device: Device) -> Reader:
    """The reader of `entry`; a decoder that was fine-tuned has LoRA matrices beside its base.

    Raises:
        NotReadyError: the weights are not there. IntegrityError: they do not fit the network.
    """
    folder, *others = weights.require(entry)
    if entry.config["reader"] == "decoder":
        from core.serving import decoder
        from core.tasks.question_answering import prompting

        _search, *adapters = others
        return prompting.reader(entry, device, decoder.load(folder, device, *adapters))
    from core.tasks.question_answering import encoder

    return encoder.load(entry, device, folder)
