"""Loads a face generator and draws with it: latent points -> pictures as marked PNG files."""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from PIL import Image
from pydantic import Field

from core.device import Device
from core.errors import N_
from core.models import state_dicts, weights
from core.models.catalog import ModelEntry
from core.progress import Progress
from core.serving.predictor import Predictor, Result, Stopwatch
from core.tasks.face_generation import media
from core.tasks.face_generation.latent import LatentPoint, vector

if TYPE_CHECKING:
    import torch

    from core.tasks.face_generation.options import FaceOptions


class FaceResult(Result):
    """`png` is the face. `stages` are a few of the pictures on the way to it, noise first, from a
    model that works in steps. Neither is part of the JSON: the command line writes a file."""

    seed: int
    png: bytes = Field(exclude=True, repr=False)
    stages: list[bytes] = Field(default_factory=list, exclude=True, repr=False)


class FaceGenerator(Predictor):
    """What the families have in common. `batch` faces go through the network at once."""

    batch: int

    def __init__(self, entry: ModelEntry, device: Device, network: torch.nn.Module) -> None:
        super().__init__(entry, device)
        self.network = network.eval().to(device.name)

    @property
    def nbytes(self) -> int:
        state = self.network.state_dict().values()
        return sum(tensor.numel() * tensor.element_size() for tensor in state)

    @property
    @abstractmethod
    def shape(self) -> tuple[int, ...]:
        """Shape of one face's latent vector."""

    @abstractmethod
    def draw(
        self,
        points: Sequence[LatentPoint],
        z: torch.Tensor,
        options: FaceOptions,
        progress: Progress,
    ) -> tuple[torch.Tensor, list[list[Image.Image]]]:
        """Faces (N, 3, H, W) in [-1, 1] on the CPU for latent vectors `z`, which are there too, and
        the stages on the way: for each kept stage a picture per face."""

    def predict(
        self, inputs: Sequence[LatentPoint], options: FaceOptions, progress: Progress
    ) -> list[FaceResult]:
        results: list[FaceResult] = []
        for start in range(0, len(inputs), self.batch):
            progress.step(start, len(inputs), N_("Drawing faces"))
            results += self._batch(inputs[start : start + self.batch], options, progress)
        progress.step(len(inputs), len(inputs), N_("Drawing faces"))
        return results

    def _batch(
        self, points: Sequence[LatentPoint], options: FaceOptions, progress: Progress
    ) -> list[FaceResult]:
        import torch

        watch = Stopwatch()
        with watch.phase("preprocess"):
            z = torch.stack([vector(point, self.shape) for point in points])
        with watch.phase("forward"), torch.inference_mode():
            faces, stages = self.draw(points, z, options, progress)
        with watch.phase("postprocess"):
            finished = [
                [media.png(picture, self.entry.id, str(point)) for picture in pictures]
                for point, *pictures in zip(points, media.pictures(faces), *stages, strict=True)
            ]
        timing = watch.timing(len(points))
        return [
            FaceResult(
                seed=point.seed,
                png=png,
                stages=earlier,
                model=self.entry.id,
                device=self.device.name,
                timing=timing,
            )
            for point, (png, *earlier) in zip(points, finished, strict=True)
        ]


class Gan(FaceGenerator):
    """One pass through the generator draws the face."""

    batch = 16

    @property
    def shape(self) -> tuple[int, ...]:
        return (self.network[0].in_channels, 1, 1)

    def draw(
        self,
        points: Sequence[LatentPoint],
        z: torch.Tensor,
        options: FaceOptions,
        progress: Progress,
    ) -> tuple[torch.Tensor, list[list[Image.Image]]]:
        faces = self.network((options.truncation * z).to(self.device.name))
        return faces.float().cpu(), []


def load(entry: ModelEntry, device: Device) -> FaceGenerator:
    """Build the network of `entry` and fill it with the weights on disk.

    Raises:
        NotReadyError: the weights are not there. IntegrityError: they do not fit the network.
    """
    (folder,) = weights.require(entry)
    if entry.finetuned:
        return Gan(entry, device, _read_tuned(entry, folder))
    if entry.family == "GAN":
        return Gan(entry, device, _read_gan(entry, folder))
    from core.tasks.face_generation.diffusion import Diffusion, read

    return Diffusion(entry, device, *read(entry, folder))


def _read_tuned(entry: ModelEntry, folder: Path) -> torch.nn.Module:
    """What `finetune` saved."""
    import torch
    from safetensors.torch import load_file

    from core.tasks.face_generation.dcgan import generator

    with torch.device("meta"):
        network = generator(entry.config["channels"])
    state_dicts.fill(network, load_file(folder / "model.safetensors"), entry.id)
    return network


def _read_gan(entry: ModelEntry, folder: Path) -> torch.nn.Module:
    """The packaged checkpoint is torch's own format in spite of its name. Its tensors are called as
    in the PyTorch DCGAN tutorial and tell the channels of every layer."""
    import torch

    from core.tasks.face_generation.dcgan import CHANNELS, generator

    checkpoint = state_dicts.read(folder / "weights.tar")
    named = dict(checkpoint).get("netG_state_dict", {})
    state = {name.removeprefix("main."): tensor for name, tensor in named.items()}
    kernels = [t.shape for t in state.values() if t.dim() == 4]  # (in, out, height, width)
    channels = [shape[0] for shape in kernels] + [shape[1] for shape in kernels[-1:]]
    with torch.device("meta"):
        network = generator(channels or CHANNELS)
    state_dicts.fill(network, state, entry.id)
    return network
