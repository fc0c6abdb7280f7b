"""Denoising diffusion (Ho, Jain and Abbeel 2020, arXiv:2006.11239) through the diffusers library.

The latent vector is an image of pure noise. At every step the network guesses the noise that is
left, and the scheduler takes a part of it away.
"""

from __future__ import annotations

from collections.abc import Sequence
from inspect import signature
from pathlib import Path
from typing import TYPE_CHECKING

from core.device import Device
from core.errors import N_
from core.models import state_dicts, weights
from core.models.catalog import FamilyConfig, ModelEntry
from core.progress import Progress
from core.tasks.face_generation.latent import SEEDS, LatentPoint
from core.tasks.face_generation.predictor import FaceGenerator

if TYPE_CHECKING:
    import torch
    from diffusers import SchedulerMixin, UNet2DModel
    from PIL import Image

    from core.tasks.face_generation.options import FaceOptions

Schedule = dict[str, object]
"""diffusers' description of a noise schedule, which each of its schedulers can be built from."""
STAGES = 9  # images kept of the way from noise to face
PIXEL_SPACE = {"thresholding": True}  # keeps the fast solvers' guesses within what a pixel can be
SCHEDULERS: dict[str, tuple[str, dict[str, bool]]] = {
    "dpm-solver": ("DPMSolverMultistepScheduler", PIXEL_SPACE),
    "unipc": ("UniPCMultistepScheduler", PIXEL_SPACE),
    "ddim": ("DDIMScheduler", {}),
    "pndm": ("PNDMScheduler", {"skip_prk_steps": True}),
    "ddpm": ("DDPMScheduler", {}),
}


class DiffusionConfig(FamilyConfig):
    """A folder of diffusers' own format: it says everything itself."""


def load(entry: ModelEntry, device: Device) -> Diffusion:
    """Read the U-Net and its noise schedule.

    Raises:
        NotReadyError: the weights are not there. IntegrityError: they are damaged or incomplete.
    """
    (folder,) = weights.require(entry)
    return Diffusion(entry, device, *_read(entry, folder))


def _read(entry: ModelEntry, folder: Path) -> tuple[UNet2DModel, Schedule]:
    """The U-Net and the noise schedule in a folder of diffusers' own format.

    A `.bin` file is read by torch without running code from it.

    Raises:
        IntegrityError: files are damaged, or tensors missing, which diffusers would make up.
    """
    from diffusers import DDPMScheduler, UNet2DModel
    from diffusers.utils import logging

    logging.set_verbosity_error()  # it would say that a .bin file is not a safetensors file
    safe = any(folder.glob("*.safetensors"))
    try:
        network, loaded = UNet2DModel.from_pretrained(
            folder, local_files_only=True, use_safetensors=safe, output_loading_info=True
        )
        schedule = DDPMScheduler.load_config(folder, local_files_only=True)
        if missing := loaded["missing_keys"]:
            raise ValueError(f"{len(missing)} tensors are missing, such as {missing[0]}")
    except (OSError, ValueError, TypeError, RuntimeError) as error:
        raise state_dicts.misfit(entry.id, error) from error
    return network, schedule


class Diffusion(FaceGenerator):
    """A U-Net that guesses noise; the scheduler is chosen by the visitor.

    One face at a time: the network fills a CPU with one, and a face must not depend on others.
    """

    batch = 1

    def __init__(
        self,
        entry: ModelEntry,
        device: Device,
        network: UNet2DModel,
        schedule: Schedule,
    ) -> None:
        super().__init__(entry, device, network)
        self.schedule = schedule
        self.config = network.config

    @property
    def shape(self) -> tuple[int, int, int]:
        side = self.config.sample_size
        return (self.config.in_channels, side, side)

    def generate(
        self,
        points: Sequence[LatentPoint],
        z: torch.Tensor,
        options: FaceOptions,
        progress: Progress,
    ) -> tuple[torch.Tensor, list[list[Image.Image]]]:
        import torch

        from core.tasks.face_generation import media

        scheduler = self._scheduler(options)
        noise: dict[str, list[torch.Generator]] = {}
        if "generator" in signature(scheduler.step).parameters:  # DDPM adds noise at every step
            noise["generator"] = [torch.Generator().manual_seed(2 * SEEDS + p.seed) for p in points]
        sample = (z * scheduler.init_noise_sigma).to(self.device.name)
        stages = [media.images(sample.clamp(-1, 1))]
        times = scheduler.timesteps
        kept = {round(i * len(times) / STAGES) for i in range(1, STAGES)}
        for i, time in enumerate(times, 1):
            progress.step(i - 1, len(times), N_("Removing noise"))
            guess = self.network(scheduler.scale_model_input(sample, time), time).sample
            sample = scheduler.step(guess, time, sample, **noise).prev_sample
            if progress.preview or i in kept:
                shown = media.images(sample.clamp(-1, 1))
                if i in kept:
                    stages.append(shown)
                if progress.preview:
                    progress.preview(shown)
        return sample.clamp(-1, 1).float().cpu(), stages

    def _scheduler(self, options: FaceOptions) -> SchedulerMixin:
        import diffusers

        name, extra = SCHEDULERS[options.scheduler]
        scheduler = getattr(diffusers, name).from_config(self.schedule, **extra)
        scheduler.set_timesteps(min(options.steps, scheduler.config.num_train_timesteps))
        return scheduler
