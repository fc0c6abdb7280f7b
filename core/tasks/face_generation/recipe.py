"""The same faces with the libraries alone; shown on the page and the baseline of the benchmark."""

from __future__ import annotations

MODEL = "dcgan-digiface"


def build(folders):
    from io import BytesIO

    import torch
    from PIL import Image
    from torch.nn import BatchNorm2d, ConvTranspose2d, ReLU, Sequential, Tanh

    state = torch.load(folders[0] / "weights.tar", map_location="cpu", weights_only=True)
    state = {name.removeprefix("main."): t for name, t in state["netG_state_dict"].items()}
    layers, width = [], [100, 512, 256, 128, 64, 3]
    for i in range(5):
        layers += [ConvTranspose2d(width[i], width[i + 1], 4, min(i + 1, 2), min(i, 1), bias=False)]
        layers += [BatchNorm2d(width[i + 1]), ReLU()] if i < 4 else [Tanh()]
    generator = Sequential(*layers).eval()
    generator.load_state_dict(state)

    def generate(points):
        seeds = [torch.Generator().manual_seed(point.seed) for point in points]
        z = torch.stack([torch.randn(100, 1, 1, generator=seed) for seed in seeds])
        with torch.inference_mode():
            faces = ((generator(z) + 1) * 127.5).round().byte().permute(0, 2, 3, 1).numpy()
        files = [BytesIO() for _ in faces]
        for face, file in zip(faces, files, strict=True):
            Image.fromarray(face).save(file, "PNG")
        return [file.getvalue() for file in files]

    return generate
