"""Folders and limits, each overridable by an environment variable `PORTAL_<NAME>`."""

from __future__ import annotations

from functools import cache
from pathlib import Path

from platformdirs import user_data_path
from pydantic import Field, ValidationError
from pydantic_settings import BaseSettings, SettingsConfigDict

from core.errors import N_, UsageError
from core.rules import broken


class Settings(BaseSettings):
    """All settings of a portal process; `python -m core settings` prints them as resolved."""

    model_config = SettingsConfigDict(env_prefix="PORTAL_", frozen=True)

    data: Path = Field(
        default_factory=lambda: user_data_path("deep-learning-portal", appauthor=False),
        description="Folder that holds fetched weights and sample data.",
    )
    device: str = Field("auto", description="auto, cpu, cuda, cuda:N or mps.")
    offline: bool = Field(False, description="Never try to reach a network.")
    applications: str = Field(
        "", description="Further applications: packages by dotted name, comma-separated."
    )
    skip: str = Field(
        "", description="Weights left out of `fetch --starters`, by name, comma-separated (gemma)."
    )
    memory_mb: int = Field(
        0, ge=0, description="Memory for loaded models; 0: half of what is free."
    )
    time_limit_s: float = Field(120.0, gt=0, description="Longest time one prediction may take.")
    upload_mb: int = Field(200, gt=0, description="Largest uploaded file.")
    image_pixels: int = Field(50_000_000, gt=0, description="Most pixels in one image.")
    images: int = Field(64, gt=0, description="Most images in one request.")
    video_frames: int = Field(900, gt=0, description="Most frames read from one video.")
    video_pixels: int = Field(3840 * 2160, gt=0, description="Most pixels in one video frame.")
    text_chars: int = Field(100_000, gt=0, description="Most characters in one text.")
    texts: int = Field(2_000, gt=0, description="Most texts, rows or questions in one request.")
    archive_files: int = Field(50_000, gt=0, description="Most files in one zip archive.")
    archive_mb: int = Field(4_000, gt=0, description="Most megabytes a zip archive unpacks to.")
    data_items: int = Field(200_000, gt=0, description="Most samples in one data set.")
    checkpoint_s: float = Field(
        60.0, ge=0, description="Seconds of training between checkpoints within an epoch."
    )
    workers: int = Field(
        0, ge=0, description="Processes that read uploads; 0: as many as cores, 2 to 4."
    )
    work_memory_mb: int = Field(
        900, gt=0, description="Most memory that reading one upload may take."
    )
    work_seconds: int = Field(
        300, gt=0, description="Longest time that reading one upload may take."
    )
    work_cpu_seconds: int = Field(
        180, gt=0, description="Most seconds of computing that reading one upload may take."
    )
    idle_minutes: float = Field(
        30.0, gt=0, description="Minutes after which a model that nobody asks leaves the memory."
    )
    pdf_pages: int = Field(300, gt=0, description="Most pages read from one PDF.")


@cache
def settings() -> Settings:
    """The settings of this process, read once. Tests clear the cache after changing the environment.

    Raises:
        UsageError: a variable has a value that cannot be used.
    """
    try:
        return Settings()
    except ValidationError as error:
        first = error.errors()[0]
        raise UsageError(
            N_("PORTAL_{name}={value} in the environment is wrong: {rule}."),
            name=str(first["loc"][0]).upper(),
            value=first["input"],
            rule=broken(first),
        ) from error
