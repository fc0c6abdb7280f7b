"""python use.py IMAGE …: the classes of images, with this folder's files and public libraries alone."""

import json
import sys
from pathlib import Path

import torch
from PIL import Image
from safetensors.torch import load_file
from torchvision.transforms.v2.functional import normalize, pil_to_tensor

folder = Path(__file__).parent
config = json.loads((folder / "model.json").read_text("utf-8"))["config"]
if "timm" in config:
    from timm import create_model as build
else:
    from torchvision.models import get_model as build
network = build(config.get("timm") or config["builder"])
inputs = network.get_submodule(config["head"]).in_features
network.set_submodule(config["head"], torch.nn.Linear(inputs, len(config["labels"])))
network.load_state_dict(load_file(folder / "model.safetensors"))
network.eval()
size = (config["size"], config["size"])
for name in sys.argv[1:]:
    image = Image.open(name).convert("RGB").resize(size, Image.Resampling.BICUBIC)
    pixels = normalize(pil_to_tensor(image).float() / 255, config["mean"], config["std"])
    with torch.inference_mode():
        scores = network(pixels[None]).softmax(1)[0].tolist()
    print(json.dumps(dict(zip(config["labels"], scores, strict=True)), ensure_ascii=False))
