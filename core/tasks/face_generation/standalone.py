"""python use.py COUNT: generates images with this folder's files and public libraries alone."""

import json
import sys
from itertools import pairwise
from pathlib import Path

import torch
from safetensors.torch import load_file
from torch import nn
from torchvision.utils import save_image

folder = Path(__file__).parent
channels = json.loads((folder / "model.json").read_text("utf-8"))["config"]["channels"]
layers = []
for i, (wide, narrow) in enumerate(pairwise(channels)):
    stride, padding = (2, 1) if i else (1, 0)
    layers.append(nn.ConvTranspose2d(wide, narrow, 4, stride, padding, bias=False))
    layers += [nn.Tanh()] if i == len(channels) - 2 else [nn.BatchNorm2d(narrow), nn.ReLU()]
generator = nn.Sequential(*layers)
generator.load_state_dict(load_file(folder / "model.safetensors"))
count = int(sys.argv[1]) if len(sys.argv) > 1 else 16
for seed in range(count):
    noise = torch.randn(1, channels[0], 1, 1, generator=torch.Generator().manual_seed(seed))
    with torch.inference_mode():
        save_image((generator.eval()(noise) + 1) / 2, f"{seed}.png")
