"""The same answer with the libraries alone: shown on the page, run by the tests, and the baseline of the
benchmark. `MODEL` is the entry whose weights folders `build` gets."""

from __future__ import annotations

MODEL = "efficientnet-lite0"


def build(folders):
    import timm
    import torch
    from timm.data import create_transform

    network = timm.create_model("tf_efficientnet_lite0").eval()
    values = torch.load(next(folders[0].glob("*.pth")), weights_only=True).values()
    network.load_state_dict(dict(zip(network.state_dict(), values, strict=True)))
    half = (0.5, 0.5, 0.5)
    transform = create_transform(224, mean=half, std=half, interpolation="bicubic")

    def classify(images):
        with torch.inference_mode():
            logits = network(torch.stack([transform(image) for image in images]))
        return logits.softmax(1).topk(5)

    return classify
