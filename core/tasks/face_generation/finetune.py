"""Fine-tuning of the GAN: a discriminator is warmed up, then both sides learn in turns.

Losses: non-saturating (Goodfellow et al. 2014, arXiv:1406.2661). Every picture that the discriminator
sees is first augmented (`augment`). What is kept is the moving average of the generator's weights.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from functools import cached_property
from itertools import pairwise
from pathlib import Path
from typing import TYPE_CHECKING, Any

import torch
from PIL import Image
from safetensors.torch import save_file
from torch import nn
from torch.nn import functional
from torch.optim.swa_utils import AveragedModel, get_ema_multi_avg_fn
from torch.utils.data import TensorDataset

from core import tasks
from core.data.datasets import DataSet
from core.data.splits import parts
from core.device import Device
from core.errors import N_, ArchiveError, DataSetError, NotReadyError, UsageError
from core.models import catalog, weights
from core.models.catalog import ModelEntry
from core.tasks.face_generation import augment, dcgan, predict
from core.tasks.face_generation.augment import as_tensor
from core.tasks.face_generation.data import LEAST
from core.training import loop
from core.training.metrics import Metric
from core.training.run import Outcome, Run
from core.training.trainee import Evaluation, Trainee

if TYPE_CHECKING:
    from core.tasks.face_generation.options import FaceTrainOptions

JUDGE = "efficientnet-lite0"
"""The classifier whose features tell how alike two sets of pictures are."""
DRAWN = 200
"""Pictures drawn to be compared with the real ones."""
JUDGED_SIDE = 128
"""Pixels a side of what the classifier sees."""
SHOWN = 36
STEPS = 40
"""Fewest steps of an epoch: judging the pictures takes as long as ten."""
NOTE = N_(
    "Fine-tuned here on pictures that somebody gave: it can show people who exist. Do not pass its "
    "pictures off as photographs."
)


def bases() -> list[ModelEntry]:
    """The generators that can be fine-tuned: the GANs."""
    return [entry for entry in catalog.entries("face_generation") if entry.family == "GAN"]


def check(base: ModelEntry | None, data: DataSet, options: FaceTrainOptions) -> None:
    """Refuse what cannot work before anything runs.

    Raises:
        UsageError: the base is no GAN. DataSetError: too few pictures. NotReadyError: the base or the
        classifier that judges the pictures is not on this computer.
    """
    if base is None or base.family != "GAN":
        raise UsageError(N_("Choose the GAN: other generators cannot be fine-tuned here."))
    if len(data.rows) < LEAST:
        raise DataSetError(
            N_("There are {count} different pictures; at least {least} are needed."),
            count=len(data.rows),
            least=LEAST,
        )
    weights.require(base)
    if not tasks.is_ready(catalog.find(JUDGE)):
        raise NotReadyError(
            N_(
                "{id} judges the pictures and is not on this computer yet: python -m core fetch {id}"
            ),
            id=JUDGE,
        )
    parts(data.rows, options)


def finetune(run: Run[FaceTrainOptions]) -> Outcome:
    return loop.train(GanTrainee(run), run)


def admit(entry: ModelEntry) -> None:
    """Refuse a description from elsewhere that is no GAN of ours.

    Raises:
        ArchiveError: it is not.
    """
    if entry.family != "GAN" or not all(isinstance(n, int) for n in entry.config["channels"]):
        raise ArchiveError(N_("{id} describes a network that is not known here."), id=entry.id)


def discriminator(channels: Sequence[int]) -> nn.Module:
    """The generator's mirror image (Radford et al. 2015): pictures (N, 3, side, side) to logits (N,)."""
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
    """Two networks, two phases a batch. KID against the validation pictures chooses the epoch."""

    phases = ("discriminator", "generator")
    metrics = (Metric("KID", "KID", larger_is_better=False),)

    def __init__(self, run: Run[FaceTrainOptions]) -> None:
        assert run.base is not None  # see `check`
        self.given, self.options = run, run.options
        self.device = run.device.name
        self.pretrained = run.options.pretrained
        torch.manual_seed(run.options.seed)
        generator = predict.load(run.base, Device("cpu", "")).network
        self.channels = [m.in_channels for m in generator if isinstance(m, nn.ConvTranspose2d)]
        self.channels.append(3)
        if not run.options.pretrained:
            generator = dcgan.generator(self.channels)
        self.networks = {
            "discriminator": discriminator(self.channels),
            "generator": generator.requires_grad_(True),
        }
        self.average = AveragedModel(
            generator, multi_avg_fn=get_ema_multi_avg_fn(run.options.averaging), use_buffers=True
        ).to(self.device)
        self.change = augment.build(run.options.augment)
        self.parts = parts(run.data.rows, run.options)
        real = self._real(self.parts.train)
        times = max(1, round(STEPS * run.options.batch_size / len(real)))
        self.train = TensorDataset(real.repeat(times, 1, 1, 1))
        self.noise = torch.randn(
            DRAWN, self.channels[0], 1, 1, generator=torch.Generator().manual_seed(run.options.seed)
        )
        self.steps = 0

    def phases_at(self, step: int) -> tuple[str, ...]:
        """At first only the discriminator, which starts from nothing, learns."""
        return self.phases[:1] if step < self.options.warmup_steps else self.phases

    def loss(self, phase: str, batch: Any) -> tuple[torch.Tensor, dict[str, float]]:
        (real,) = batch
        noise = torch.randn(len(real), self.channels[0], 1, 1, device=real.device)
        judge = self.networks["discriminator"]
        if phase == "generator":
            logits = judge(self._augment(self.networks["generator"](noise)))
            return functional.softplus(-logits).mean(), {}
        with torch.no_grad():
            drawn = self.networks["generator"](noise)
        yes, no = judge(self._augment(real)), judge(self._augment(drawn))
        smooth = self.options.label_smoothing
        value = (1 - smooth) * functional.softplus(-yes) + smooth * functional.softplus(yes)
        right = {"real seen through": (yes > 0).float().mean().item()}
        right["drawn seen through"] = (no < 0).float().mean().item()
        return (value + functional.softplus(no)).mean(), right

    def after_step(self) -> None:
        self.steps += 1
        if self.steps > self.options.warmup_steps:
            self.average.update_parameters(self.networks["generator"])

    def keeps(self) -> dict[str, Any]:
        return {"average": self.average, "counter": _Counter(self)}

    def evaluate(self, part: str) -> Evaluation:
        from torchmetrics.image.kid import KernelInceptionDistance

        drawn = self._draw(self.noise)
        real = self._real(getattr(self.parts, part))
        size = min(len(real), DRAWN)
        kid = KernelInceptionDistance(feature=_Judge(self._judge), subsets=50, subset_size=size)
        kid.update(real, real=True)
        kid.update(drawn, real=False)
        torch.manual_seed(self.options.seed)  # the same subsets for every epoch
        mean, _ = kid.compute()
        self.nearest = self._nearest(drawn[:8])
        items = [
            {"sample": i, "file": file, "similarity": round(alike, 4), "right": alike < 0.97}
            for i, (file, alike) in enumerate(self.nearest)
        ]
        return Evaluation({"KID": mean.item()}, items)

    def samples(self, folder: Path) -> list[str]:
        """A grid of the same latent points after every epoch, and below eight of them their nearest
        training pictures: a generator that copies is seen at once."""
        folder.mkdir(parents=True, exist_ok=True)
        drawn = self._draw(self.noise[:SHOWN])
        _grid(drawn, 9).save(folder / "grid.png")
        twins = [self.given.data.folder / "files" / file for file, _ in self.nearest]
        real = torch.stack([as_tensor(path) for path in twins])
        _grid(torch.cat([drawn[:8], real]), 8).save(folder / "nearest.png")
        return ["grid.png", "nearest.png"]

    def save(self, folder: Path) -> None:
        state = self.average.module.state_dict()
        save_file({k: v.cpu().contiguous() for k, v in state.items()}, folder / "model.safetensors")
        about = {"family": "GAN", "about": NOTE, "config": {"channels": self.channels}}
        (folder / "model.json").write_text(json.dumps(about), "utf-8")

    def _real(self, indices: Sequence[int]) -> torch.Tensor:
        """(N, 3, SIDE, SIDE) in [-1, 1]."""
        rows = self.given.data.rows
        return torch.stack([as_tensor(self.given.data.file(rows[i])) for i in indices])

    def _draw(self, noise: torch.Tensor) -> torch.Tensor:
        self.average.eval()
        with torch.no_grad():
            return torch.cat([self.average(z.to(self.device)).cpu() for z in noise.split(64)])

    def _nearest(self, drawn: torch.Tensor) -> list[tuple[str, float]]:
        """For each drawn picture the training picture with the most similar features."""
        judge = _Judge(self._judge)
        known = functional.normalize(judge(self._real(self.parts.train)), dim=1)
        alike = functional.normalize(judge(drawn), dim=1) @ known.T
        best = alike.max(1)
        rows = self.given.data.rows
        return [
            (rows[self.parts.train[i]]["file"], value)
            for i, value in zip(best.indices.tolist(), best.values.tolist(), strict=True)
        ]

    @cached_property
    def _judge(self) -> nn.Module:
        return (
            tasks.find("image_classification").load(catalog.find(JUDGE), self.given.device).network
        )

    def _augment(self, pictures: torch.Tensor) -> torch.Tensor:
        return self.change(pictures) if self.change else pictures


class _Counter:
    """How many steps were taken, as part of a checkpoint."""

    def __init__(self, trainee: GanTrainee) -> None:
        self.trainee = trainee

    def state_dict(self) -> dict[str, int]:
        return {"steps": self.trainee.steps}

    def load_state_dict(self, state: dict[str, int]) -> None:
        self.trainee.steps = state["steps"]


class _Judge(nn.Module):
    """Pictures (N, 3, side, side) in [-1, 1] to the classifier's pooled features (N, D), on the CPU."""

    num_features = 1280

    def __init__(self, network: nn.Module) -> None:
        super().__init__()
        self.network = network

    def forward(self, pictures: torch.Tensor) -> torch.Tensor:
        device = next(self.network.parameters()).device
        rows = []
        with torch.no_grad():
            for some in pictures.split(32):
                large = functional.interpolate(some, size=JUDGED_SIDE, mode="bilinear").to(device)
                features = self.network.forward_features(large)
                rows.append(self.network.forward_head(features, pre_logits=True).cpu())
        return torch.cat(rows)


def _grid(pictures: torch.Tensor, columns: int) -> Image.Image:
    from torchvision.utils import make_grid

    grid = make_grid((pictures + 1) / 2, columns, padding=2, pad_value=1.0)
    return Image.fromarray((255 * grid.clamp(0, 1)).byte().permute(1, 2, 0).numpy())
