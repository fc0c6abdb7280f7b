"""Tiny random face generators in the files' real formats, put where fetched weights lie."""

from __future__ import annotations

from pathlib import Path

from core.models import weights
from core.models.catalog import ModelEntry
from core.tasks.face_generation.catalog import DCGAN, DDPM


def _folder(entry: ModelEntry) -> Path:
    folder = weights.folder(entry.weights[0])
    folder.mkdir(parents=True)
    return folder


def write_gan() -> Path:
    """A DCGAN with the layers of the packaged one, an eighth as wide; the folder."""
    import torch
    from torch import nn

    torch.manual_seed(0)
    layers: list[nn.Module] = []
    width = [100, 64, 32, 16, 8, 3]
    for i in range(5):
        stride, padding = (1, 0) if i == 0 else (2, 1)
        layers.append(nn.ConvTranspose2d(width[i], width[i + 1], 4, stride, padding, bias=False))
        layers += [nn.BatchNorm2d(width[i + 1]), nn.ReLU()] if i < 4 else [nn.Tanh()]
    network = nn.Sequential()
    network.add_module("main", nn.Sequential(*layers))
    folder = _folder(DCGAN)
    torch.save({"netG_state_dict": network.state_dict()}, folder / "weights.tar")
    weights.seal(DCGAN.weights[0])
    return folder


def write_ddpm() -> Path:
    """A U-Net and schedule as `google/ddpm-celebahq-256` stores them: a .bin file whose attention
    tensors have the names of 2022; the folder."""
    import torch
    from diffusers import DDPMScheduler, UNet2DModel

    torch.manual_seed(0)
    network = UNet2DModel(
        sample_size=16,
        layers_per_block=1,
        block_out_channels=(8, 16),
        down_block_types=("DownBlock2D", "AttnDownBlock2D"),
        up_block_types=("AttnUpBlock2D", "UpBlock2D"),
        norm_num_groups=4,
        flip_sin_to_cos=False,
        freq_shift=1,
        attention_head_dim=None,
    )
    folder = _folder(DDPM)
    state = {_of_2022(name): tensor for name, tensor in network.state_dict().items()}
    torch.save(state, folder / "diffusion_pytorch_model.bin")
    network.save_config(folder)
    DDPMScheduler(variance_type="fixed_small").save_config(folder)
    weights.seal(DDPM.weights[0])
    return folder


def _of_2022(name: str) -> str:
    old = {"to_q": "query", "to_k": "key", "to_v": "value", "to_out.0": "proj_attn"}
    for new_part, old_part in old.items():
        name = name.replace(f".{new_part}.", f".{old_part}.")
    return name
