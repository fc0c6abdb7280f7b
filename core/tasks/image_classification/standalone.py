"""python use.py [--onnx] IMAGE …: the classes of images, with this folder's files and public libraries alone.

With --onnx it needs no torch: onnxruntime runs model.onnx, which says itself how images are prepared for it.
"""

import json
import sys
from pathlib import Path

folder = Path(__file__).parent
sys.path.insert(0, str(folder))
import pixels  # noqa: E402 (the file beside this one)


def by_onnx():
    from onnxruntime import InferenceSession

    session = InferenceSession(folder / "model.onnx", providers=["CPUExecutionProvider"])
    about = {
        key: json.loads(text) for key, text in session.get_modelmeta().custom_metadata_map.items()
    }
    return about, lambda image: session.run(None, {"pictures": image[None]})[0][0]


def by_torch():
    import torch
    from safetensors.torch import load_file

    config = json.loads((folder / "model.json").read_text("utf-8"))["config"]
    if "timm" in config:
        from timm import create_model as build
    else:
        from torchvision.models import get_model as build
    network = build(config.get("timm") or config["builder"])
    inputs = network.get_submodule(config["head"]).in_features
    network.set_submodule(config["head"], torch.nn.Linear(inputs, len(config["labels"])))
    network.load_state_dict(load_file(folder / "model.safetensors"))
    network.eval().requires_grad_(False)
    about = {"labels": config["labels"], "preprocessing": config}
    return about, lambda image: network(torch.from_numpy(image)[None])[0].numpy()


about, logits = by_onnx() if "--onnx" in sys.argv else by_torch()
prepared = {name: about["preprocessing"][name] for name in ("size", "mean", "std")}
for name in sys.argv[1:]:
    if name != "--onnx":
        found = logits(pixels.prepared(pixels.load(name), **prepared)).astype(float)
        scores = pixels.softmax(found).tolist()
        print(json.dumps(dict(zip(about["labels"], scores, strict=True)), ensure_ascii=False))
