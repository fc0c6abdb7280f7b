"""Which device runs the models, and why: shown in the sidebar, so that nobody has to guess."""

from __future__ import annotations

from dataclasses import dataclass

from core.errors import N_, DeviceError
from core.settings import settings

FIRST_GPU = "cuda:0"


@dataclass(frozen=True)
class Device:
    """`name` is what torch understands; `reason` (with `detail` filled in) says why it was chosen."""

    name: str
    reason: str
    detail: str = ""

    @property
    def kind(self) -> str:
        return self.name.partition(":")[0]


def choose(requested: str | None = None) -> Device:
    """Resolve `requested` (or the setting) to a device that exists.

    `auto` takes a CUDA GPU, then Apple's MPS, then the CPU. A GPU has one name: `cuda` is `cuda:0`.

    Raises:
        DeviceError: the device asked for is not on this computer.
    """
    import torch

    name = requested or settings().device
    if name == "auto":
        return _automatic()
    try:
        kind = torch.device(name).type
    except RuntimeError as error:
        raise DeviceError(
            N_("“{name}” is no device. Use auto, cpu, cuda, cuda:N or mps."), name=name
        ) from error
    index = torch.device(name).index or 0
    there = {
        "cpu": True,
        "cuda": torch.cuda.is_available() and index < torch.cuda.device_count(),
        "mps": torch.backends.mps.is_available(),
    }
    if not there.get(kind, False):
        raise DeviceError(
            N_("The device {name} is not available here. Use auto or cpu."), name=name
        )
    return Device(FIRST_GPU if name == "cuda" else name, N_("chosen by you"))


def _automatic() -> Device:
    import torch

    if torch.cuda.is_available():
        return Device(
            FIRST_GPU, N_("an NVIDIA GPU was found: {detail}"), torch.cuda.get_device_name(0)
        )
    if torch.backends.mps.is_available():
        return Device("mps", N_("an Apple GPU was found"))
    if torch.version.cuda is None:
        return Device("cpu", N_("this PyTorch was built without GPU support"))
    return Device("cpu", N_("no GPU was found"))


def free_bytes(kind: str) -> int:
    """Bytes of memory that are free now: the GPU's for `cuda`, else the computer's."""
    if kind == "cuda":
        import torch

        return int(torch.cuda.mem_get_info()[0])
    import psutil

    return int(psutil.virtual_memory().available)


def total_bytes() -> int:
    """Bytes of memory that this computer has."""
    import psutil

    return int(psutil.virtual_memory().total)


def used_bytes(kind: str) -> int:
    """Bytes of memory that this process takes: the peak on a GPU, or what it holds now."""
    if kind == "cuda":
        import torch

        return int(torch.cuda.max_memory_allocated())
    import psutil

    return int(psutil.Process().memory_info().rss)
