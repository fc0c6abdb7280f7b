"""What all face generators do: latent points -> images as marked PNG files."""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Sequence
from typing import TYPE_CHECKING

from pydantic import Field

from core.device import Device
from core.errors import N_, PortalError
from core.models.catalog import ModelEntry
from core.progress import Progress
from core.serving.predictor import Predictor, Result, Stopwatch
from core.tasks.face_generation.latent import LatentPoint, vector

if TYPE_CHECKING:
    import torch
    from PIL import Image

    from core.tasks.face_generation.options import FaceOptions


class FaceResult(Result):
    """`png` is the face. `stages` are a few of the images on the way to it, noise first, from a
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
    def generate(
        self,
        points: Sequence[LatentPoint],
        z: torch.Tensor,
        options: FaceOptions,
        progress: Progress,
    ) -> tuple[torch.Tensor, list[list[Image.Image]]]:
        """Faces (N, 3, H, W) in [-1, 1] on the CPU for latent vectors `z`, which are there too, and
        the stages on the way: for each kept stage an image per face."""

    def predict(
        self, inputs: Sequence[LatentPoint], options: FaceOptions, progress: Progress
    ) -> list[Result | PortalError]:
        results: list[Result | PortalError] = []
        for start in range(0, len(inputs), self.batch):
            progress.step(start, len(inputs), N_("Generating faces"))
            results += self._batch(inputs[start : start + self.batch], options, progress)
        progress.step(len(inputs), len(inputs), N_("Generating faces"))
        return results

    def _batch(
        self, points: Sequence[LatentPoint], options: FaceOptions, progress: Progress
    ) -> list[FaceResult]:
        import torch

        from core.tasks.face_generation import media

        watch = Stopwatch()
        with watch.phase("preprocess"):
            z = torch.stack([vector(point, self.shape) for point in points])
        with watch.phase("forward"), torch.inference_mode():
            faces, stages = self.generate(points, z, options, progress)
        with watch.phase("postprocess"):
            finished = [
                [media.png(image, self.entry.id, str(point)) for image in images]
                for point, *images in zip(points, media.images(faces), *stages, strict=True)
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
