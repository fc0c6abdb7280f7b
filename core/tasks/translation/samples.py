"""Pairs of sentences that anyone can fetch: the translations of Django's messages."""

from __future__ import annotations

import json
from collections.abc import Sequence
from functools import partial
from pathlib import Path

from core.data.datasets import SampleSet
from core.data.drafts import Draft
from core.errors import N_
from core.models.catalog import Licence, Weights
from core.models.sources import PackageFile, PackageSource
from core.tasks.translation.formats import po

DJANGO = Licence(
    "BSD-3-Clause",
    "https://github.com/django/django/blob/main/LICENSE",
    N_("Translated by the volunteers whom each file names."),
)


SHORT = 80
"""Characters of the longest message of a sample. A batch takes the time of its longest sample, and the few
long ones would double that of the whole run."""


def _django_files(target: str, digests: dict[str, str]) -> Weights:
    files = tuple(
        PackageFile(
            "django",
            "5.2.19",
            "django-5.2.19-py3-none-any.whl",
            "5965d974a5218a2b68a11dd1276434707f23886525c23f0598eccedaf4f4ca00",
            member,
            sha256,
            saved_as=f"{member.split('/')[-5]}.po",
        )
        for member, sha256 in digests.items()
    )
    return Weights(
        f"sample-django-{target}", PackageSource(files), DJANGO, size_mb=0.1, download_mb=8.3
    )


def _django(target: str, folders: Sequence[Path]) -> Draft:
    files = [(path.name, path.read_bytes()) for path in sorted(folders[0].glob("*.po"))]
    draft = po.read(Draft(), files, ("en", target), SHORT)
    draft.licence = DJANGO.name
    return draft


def _sample(target: str, digests: dict[str, str]) -> SampleSet:
    return SampleSet(
        f"django-{target}",
        f"Django: en → {target}",
        N_("About 570 short messages of the web framework Django, translated by its volunteers."),
        partial(_django, target),
        (_django_files(target, digests),),
        base="gemma-3-270m",
        options={"epochs": 2, "patience": 1},
    )


SAMPLES = tuple(
    _sample(target, digests)
    for target, digests in json.loads(
        Path(__file__).with_name("django.json").read_text("utf-8")
    ).items()
)
"""In django.json: the SHA-256 of each language's files in Django's wheel."""
