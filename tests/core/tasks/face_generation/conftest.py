"""The tiny face generators as fixtures; the value is their folder."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.core.tasks.face_generation.checkpoints import write_ddpm, write_gan


@pytest.fixture
def gan(data: Path) -> Path:
    return write_gan()


@pytest.fixture
def ddpm(data: Path) -> Path:
    return write_ddpm()
