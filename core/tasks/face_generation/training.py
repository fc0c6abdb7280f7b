"""Fine-tuning of the GAN: a discriminator is warmed up, then both sides learn in turns.

Losses: non-saturating (Goodfellow et al. 2014, arXiv:1406.2661). Every image that the discriminator
sees is first augmented (`augment`). What is kept is the moving average of the generator's weights.
"""

from __future__ import annotations

import copy
import json
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from itertools import pairwise
from pathlib import Path
from typing import TYPE_CHECKING, Protocol, cast

import torch
from PIL import Image
from safetensors.torch import save_file
from torch import nn
from torch.nn import functional
from torch.optim.swa_utils import AveragedModel, get_ema_multi_avg_fn
from torch.utils.data import TensorDataset

from core import tasks
from core.data.datasets import DataSet
from core.data.splits import PartName, parts
from core.errors import N_, ArchiveError, DataSetError, NotReadyError, UsageError
from core.models import catalog, weights
from core.models.catalog import ModelEntry
from core.plain import Row
from core.tasks.face_generation import augment
from core.tasks.face_generation.augment import as_tensor
from core.tasks.face_generation.dataset import LEAST
from core.tasks.face_generation.families.finetuned import FinetunedConfig
from core.tasks.face_generation.families.gan import GanConfig, generator
from core.tasks.face_generation.predictor import FaceGenerator
from core.training.metrics import Metric
from core.training.run import Run
from core.training.trainee import Batch, Evaluation, Stateful, Trainee

if TYPE_CHECKING:
    from timm.models.efficientnet import EfficientNet

    from core.tasks.face_generation.options import FaceTrainOptions

JUDGE = "efficientnet-lite0"
"""The classifier whose features tell how alike two sets of images are."""
GENERATED = 200
"""Images that are generated to be compared with the real ones."""
JUDGED_SIDE = 128
"""Pixels a side of what the classifier sees."""
SHOWN = 36
STEPS = 40
"""Fewest steps of an epoch: judging the images takes as long as ten."""
# Every fine-tuned generator holds this text in its model.json, and it is translated from there: it stays as it is.
NOTE = N_(
    "Fine-tuned here on images that somebody gave: it can show people who exist. Do not pass its "
    "images off as photographs."
)


def bases() -> list[ModelEntry]:
    """The generators that can be fine-tuned: the GANs."""
    return [e for e in catalog.entries("face_generation") if isinstance(e.config, GanConfig)]


def check(base: ModelEntry | None, data: DataSet | None, options: FaceTrainOptions) -> None:
    """Refuse what cannot work before anything runs.

    Raises:
        UsageError: the base is no GAN. DataSetError: too few images. NotReadyError: the base or the
        classifier that judges the images is not on this computer.
    """
    if base is None or not isinstance(base.config, GanConfig):
        raise UsageError(N_("Choose the GAN: other generators cannot be fine-tuned here."))
    assert data is not None  # jobs ask for a data set where an application has any
    if len(data.rows) < LEAST:
        raise DataSetError(
            N_("There are {count} different images; at least {least} are needed."),
            count=len(data.rows),
            least=LEAST,
        )
    weights.require(base)
    if not tasks.is_ready(catalog.find(JUDGE)):
        raise NotReadyError(
            N_("{id} judges the images and is not on this computer yet: python -m core fetch {id}"),
            id=JUDGE,
        )
    parts(data.rows, options)


def admit(entry: ModelEntry) -> None:
    """Refuse a model from elsewhere that calls itself something else than what it is.

    Raises:
        ArchiveError: it does.
    """
    if entry.family != "GAN":
        raise ArchiveError(N_("{id} describes a network that is not known here."), id=entry.id)


def discriminator(channels: Sequence[int]) -> nn.Module:
    """The generator's mirror image (Radford et al. 2015): images (N, 3, side, side) to logits (N,)."""
    layers: list[nn.Module] = []
    widths = [*reversed(channels[1:])]
    for i, (narrow, wide) in enumerate(pairwise(widths)):
        layers.append(nn.Conv2d(narrow, wide, 4, 2, 1, bias=False))
        layers += [nn.BatchNorm2d(wide)] if i else []
        layers.append(nn.LeakyReLU(0.2))
    layers += [nn.Conv2d(widths[-1], 1, 4, 1, 0, bias=False), nn.Flatten(0)]
    network = nn.Sequential(*layers)
    for module in network.modules():
        if isinstance(module, nn.Conv2d):
            nn.init.normal_(module.weight, std=0.02)
    return network


class GanTrainee(Trainee):
    """Two networks, two phases a batch. KID against the validation images chooses the epoch."""

    phases = ("discriminator", "generator")
    metrics = (Metric("KID", "KID", larger_is_better=False),)

    def __init__(self, run: Run[FaceTrainOptions]) -> None:
        assert run.base is not None  # see `check`
        self.given, self.options, self.data = run, run.options, run.dataset
        self.device = run.device.name
        self.pretrained = run.options.pretrained
        torch.manual_seed(run.options.seed)
        known = _copied(run.base)
        self.channels = [
            m.in_channels for m in known.modules() if isinstance(m, nn.ConvTranspose2d)
        ]
        self.channels.append(3)
        learner = known if run.options.pretrained else generator(self.channels)
        self.networks = {
            "discriminator": discriminator(self.channels),
            "generator": learner.requires_grad_(True),
        }
        self.average = AveragedModel(
            learner, multi_avg_fn=get_ema_multi_avg_fn(run.options.averaging), use_buffers=True
        ).to(self.device)
        self.change = augment.build(run.options.augment)
        self.parts = parts(self.data.rows, run.options)
        real = self._real(self.parts.train)
        times = max(1, round(STEPS * run.options.batch_size / len(real)))
        self.train = TensorDataset(real.repeat(times, 1, 1, 1))
        self.noise = torch.randn(
            GENERATED,
            self.channels[0],
            1,
            1,
            generator=torch.Generator().manual_seed(run.options.seed),
        )
        self.steps = 0

    def phases_at(self, step: int) -> tuple[str, ...]:
        """At first only the discriminator, which starts from nothing, learns."""
        return self.phases[:1] if step < self.options.warmup_steps else self.phases

    def loss(self, phase: str, batch: Batch) -> tuple[torch.Tensor, dict[str, float]]:
        assert not isinstance(batch, dict)  # of a `TensorDataset`
        (real,) = batch
        noise = torch.randn(len(real), self.channels[0], 1, 1, device=real.device)
        judge = self.networks["discriminator"]
        if phase == "generator":
            logits = judge(self._augment(self.networks["generator"](noise)))
            return functional.softplus(-logits).mean(), {}
        with torch.no_grad():
            fake = self.networks["generator"](noise)
        yes, no = judge(self._augment(real)), judge(self._augment(fake))
        smooth = self.options.label_smoothing
        value = (1 - smooth) * functional.softplus(-yes) + smooth * functional.softplus(yes)
        right = {"real seen through": (yes > 0).float().mean().item()}
        right["drawn seen through"] = (no < 0).float().mean().item()
        return (value + functional.softplus(no)).mean(), right

    def after_step(self) -> None:
        self.steps += 1
        if self.steps > self.options.warmup_steps:
            self.average.update_parameters(self.networks["generator"])

    def keeps(self) -> dict[str, Stateful]:
        return {"average": self.average, "counter": _Counter(self)}

    def evaluate(self, part: PartName) -> Evaluation:
        fake = self._generate(self.noise)
        real = self._real(self.parts[part])
        with _judge(self.device) as judge:
            kid = self._kid(judge, real, fake)
            self.nearest = self._nearest(judge, fake[:8])
        samples: list[Row] = [
            {"sample": i, "file": file, "similarity": round(alike, 4), "right": alike < 0.97}
            for i, (file, alike) in enumerate(self.nearest)
        ]
        return Evaluation({"KID": kid}, samples)

    def _kid(self, judge: _Judge, real: torch.Tensor, fake: torch.Tensor) -> float:
        """Kernel inception distance (Bińkowski et al. 2018, arXiv:1801.01401) on the judge's features."""
        from torchmetrics.image.kid import KernelInceptionDistance

        size = min(len(real), GENERATED)
        kid = KernelInceptionDistance(feature=judge, subsets=50, subset_size=size)
        kid.update(real, real=True)
        kid.update(fake, real=False)
        torch.manual_seed(self.options.seed)  # the same subsets for every epoch
        mean, _ = kid.compute()
        return float(mean.item())

    def samples(self, folder: Path) -> list[str]:
        """A grid of the same latent points after every epoch, and below eight of them their nearest
        training images: a generator that copies is seen at once."""
        folder.mkdir(parents=True, exist_ok=True)
        fake = self._generate(self.noise[:SHOWN])
        _grid(fake, 9).save(folder / "grid.png")
        twins = [self.data.folder / "files" / file for file, _ in self.nearest]
        real = torch.stack([as_tensor(path) for path in twins])
        _grid(torch.cat([fake[:8], real]), 8).save(folder / "nearest.png")
        return ["grid.png", "nearest.png"]

    def save(self, folder: Path) -> None:
        state = self.average.module.state_dict()
        save_file({k: v.cpu().contiguous() for k, v in state.items()}, folder / "model.safetensors")
        config = FinetunedConfig.model_validate({"channels": self.channels})
        about = {"family": "GAN", "about": NOTE, "config": config.model_dump(mode="json")}
        (folder / "model.json").write_text(json.dumps(about), "utf-8")

    def _real(self, indices: Sequence[int]) -> torch.Tensor:
        """(N, 3, SIDE, SIDE) in [-1, 1]."""
        rows = self.data.rows
        return torch.stack([as_tensor(self.data.file(rows[i])) for i in indices])

    def _generate(self, noise: torch.Tensor) -> torch.Tensor:
        self.average.eval()
        with torch.no_grad():
            return torch.cat([self.average(z.to(self.device)).cpu() for z in noise.split(64)])

    def _nearest(self, judge: _Judge, fake: torch.Tensor) -> list[tuple[str, float]]:
        """For each generated image the training image with the most similar features (cosine)."""
        known = functional.normalize(judge(self._real(self.parts.train)), dim=1)
        alike = functional.normalize(judge(fake), dim=1) @ known.T
        best = alike.max(1)
        rows = self.data.rows
        return [
            (str(rows[self.parts.train[i]]["file"]), value)
            for i, value in zip(best.indices.tolist(), best.values.tolist(), strict=True)
        ]

    def _augment(self, images: torch.Tensor) -> torch.Tensor:
        return self.change(images) if self.change else images


class _Counter:
    """How many steps were taken, as part of a checkpoint."""

    def __init__(self, trainee: GanTrainee) -> None:
        self.trainee = trainee

    def state_dict(self) -> dict[str, int]:
        return {"steps": self.trainee.steps}

    def load_state_dict(self, state: Mapping[str, object]) -> None:
        steps = state["steps"]
        assert isinstance(steps, int)
        self.trainee.steps = steps


class _Classifier(Protocol):
    """What is used of the predictor that the pool lends: it is another application's."""

    network: EfficientNet


class _Judge(nn.Module):
    """Images (N, 3, side, side) in [-1, 1] to the classifier's pooled features (N, D), on the CPU."""

    num_features = 1280

    def __init__(self, network: EfficientNet) -> None:
        super().__init__()
        self.network = network

    def forward(self, images: torch.Tensor) -> torch.Tensor:
        device = next(self.network.parameters()).device
        rows = []
        with torch.no_grad():
            for some in images.split(32):
                large = functional.interpolate(some, size=JUDGED_SIDE, mode="bilinear").to(device)
                features = self.network.forward_features(large)
                rows.append(self.network.forward_head(features, pre_logits=True).cpu())
        return torch.cat(rows)


@contextmanager
def _judge(device: str) -> Iterator[_Judge]:
    """The classifier, borrowed for one evaluation and not for the whole run: others may want the memory between two."""
    with tasks.pool.borrow(JUDGE, device_name=device) as classifier:
        yield _Judge(cast(_Classifier, classifier).network)


def _copied(base: ModelEntry) -> nn.Module:
    """The base's generator on the CPU: a copy, for what the pool holds is never trained."""
    with tasks.pool.borrow(base.id, device_name="cpu") as known:
        assert isinstance(known, FaceGenerator)
        return copy.deepcopy(known.network)


def _grid(images: torch.Tensor, columns: int) -> Image.Image:
    from torchvision.utils import make_grid

    grid = make_grid((images + 1) / 2, columns, padding=2, pad_value=1.0)
    return Image.fromarray((255 * grid.clamp(0, 1)).byte().permute(1, 2, 0).numpy())
