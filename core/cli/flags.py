"""Command-line flags from option models: one flag per field."""

from __future__ import annotations

import argparse
from collections.abc import Mapping
from typing import Any, get_args, get_origin

from core.serving.options import Options
from core.training import aliases


def add(parser: argparse.ArgumentParser, options: type[Options]) -> None:
    """A flag per field; values stay text, pydantic converts and checks them. Flags of the first version
    still work and are not listed."""
    for name, field in options.model_fields.items():
        settings: dict[str, Any] = {"dest": name, "default": argparse.SUPPRESS}
        settings["help"] = (
            f"{field.description} (default: {field.get_default(call_default_factory=True)})".replace(
                "%", "%%"
            )
        )
        if field.annotation is bool:
            settings["action"] = argparse.BooleanOptionalAction
        elif get_origin(field.annotation) in (list, tuple):
            settings["type"] = lambda text: [part for part in text.split(",") if part]
            settings["metavar"] = "A,B,…"
        elif choices := get_args(field.annotation):
            settings["metavar"] = "{" + ",".join(map(str, choices)) + "}"
        parser.add_argument(_flag(name), **settings)
        for old in aliases.old_names(name):
            parser.add_argument(_flag(old), **{**settings, "help": argparse.SUPPRESS})


def flags(options: type[Options], values: Mapping[str, Any]) -> list[str]:
    """The arguments that `add` reads as `values`; those that are the defaults are left out."""
    given: list[str] = []
    for name, field in options.model_fields.items():
        value = values.get(name, field.get_default(call_default_factory=True))
        if value == field.get_default(call_default_factory=True):
            continue
        flag = _flag(name)
        if isinstance(value, bool):
            given.append(flag if value else flag.replace("--", "--no-", 1))
        elif isinstance(value, list | tuple):
            given += [flag, ",".join(map(str, value))]
        else:
            given += [flag, str(value)]
    return given


def _flag(name: str) -> str:
    return f"--{name.replace('_', '-')}"
