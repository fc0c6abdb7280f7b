"""LoRA (arXiv:2106.09685) for any transformers model, by peft: frozen weights, small matrices beside them."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from core.serving.generation import Network
from core.training.options import Lora

if TYPE_CHECKING:
    from torch import Tensor, nn
    from torch.nn.modules.module import _IncompatibleKeys


def attach(model: nn.Module, options: Lora, dropout: float = 0.0) -> Network:
    """The peft model of `model`, whose linear layers (but the one into the vocabulary) get matrices."""
    from peft import LoraConfig, get_peft_model

    return get_peft_model(
        model,
        LoraConfig(
            r=options.rank,
            lora_alpha=options.alpha,  # type: ignore[arg-type] # it divides by the rank
            lora_dropout=dropout,
            target_modules="all-linear",
        ),
    )


def save(adapted: Network, folder: Path, base: str) -> None:
    """The matrices in peft's own format, for `checkpoints.merge_lora` and others; `base` names what they
    belong to."""
    adapted.peft_config["default"].base_model_name_or_path = base
    adapted.save_pretrained(folder, save_embedding_layers=False)
    (folder / "README.md").unlink(missing_ok=True)  # peft's empty model card; ours is card.json


def leave_out_frozen(network: nn.Module) -> None:
    """Keep frozen weights, which the base's files hold, out of checkpoints from now on."""
    frozen = {
        name for name, p in network.named_parameters(remove_duplicate=False) if not p.requires_grad
    }

    def forget(
        _module: nn.Module, state: dict[str, Tensor], prefix: str, _metadata: object
    ) -> None:
        for name in frozen:
            state.pop(prefix + name, None)

    def expect(_module: nn.Module, result: _IncompatibleKeys) -> None:
        result.missing_keys[:] = [
            name for name in result.missing_keys if not any(name.endswith(f) for f in frozen)
        ]

    network.register_state_dict_post_hook(forget)
    network.register_load_state_dict_post_hook(expect)
