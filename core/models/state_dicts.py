"""Reading state dicts from elsewhere: tensors only, and only where they fit."""

from __future__ import annotations

import json
import pickle
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, cast

from pydantic import TypeAdapter

from core.errors import N_, IntegrityError

if TYPE_CHECKING:
    import torch
    from transformers import PreTrainedModel


def read(path: Path) -> dict[str, object]:
    """The dictionary that `torch.save` wrote, on the CPU. Code in the file is not run, whatever it claims to be.

    Raises:
        IntegrityError: the file holds anything but tensors and plain containers, or is damaged.
    """
    import torch

    try:
        found = torch.load(path, map_location="cpu", weights_only=True)
        return TypeAdapter(dict[str, object]).validate_python(found)
    except (pickle.UnpicklingError, EOFError, RuntimeError, ValueError) as error:
        raise IntegrityError(
            N_(
                "{file} is damaged or holds more than tensors, and was not loaded. "
                "Remove the model and fetch it again."
            ),
            file=path.name,
        ) from error


def fill(network: torch.nn.Module, state: Mapping[str, object], model_id: str) -> None:
    """Put the tensors of `state` into a network (which may have been built on the meta device).

    State dicts that came from TensorFlow hold transposed views, with which every convolution is
    slower: they are laid out anew, once.

    Raises:
        IntegrityError: names or shapes differ, or a value is no tensor.
    """
    import torch

    tensors: dict[str, torch.Tensor] = {}
    for name, value in state.items():
        if not isinstance(value, torch.Tensor):
            raise misfit(model_id, f"{name} is no tensor")
        tensors[name] = value.contiguous()
    try:
        network.load_state_dict(tensors, assign=True)
    except RuntimeError as error:
        raise misfit(model_id, error) from error


def merge_lora(model: PreTrainedModel, folder: Path, model_id: str) -> PreTrainedModel:
    """`model` with the LoRA matrices that peft saved in `folder` added to its own weights.

    Of peft's configuration only numbers and layer names are used.

    Raises:
        IntegrityError: the matrices do not fit the model.
    """
    from peft import LoraConfig, get_peft_model, set_peft_model_state_dict
    from safetensors.torch import load_file

    try:
        about = json.loads((folder / "adapter_config.json").read_text("utf-8"))
        config = LoraConfig(
            r=int(about["r"]),
            lora_alpha=float(about["lora_alpha"]),  # type: ignore[arg-type] # it divides by the rank
            target_modules=[str(name) for name in about["target_modules"]],
        )
        state = load_file(folder / "adapter_model.safetensors")
        adapted = get_peft_model(model, config)
        missing, unexpected = cast(
            "tuple[list[str], list[str]]", set_peft_model_state_dict(adapted, state)
        )
        lacking = [name for name in missing if "lora_" in name]
        if lacking or unexpected:
            raise KeyError([*lacking, *unexpected][0])
    except Exception as error:  # whatever a hostile or damaged file makes the libraries raise
        raise misfit(model_id, error) from error
    return cast("PreTrainedModel", adapted.merge_and_unload())


def misfit(model_id: str, why: object) -> IntegrityError:
    """The error for files that are there and are not what the catalogue says."""
    return IntegrityError(
        N_("The weights of {id} do not fit its network: {why}. Remove them and fetch again."),
        id=model_id,
        why=str(why).strip().partition("\n")[0] or type(why).__name__,
    )
