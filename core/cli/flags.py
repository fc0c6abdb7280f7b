"""Command-line flags from option models: one flag per field."""

from __future__ import annotations

import argparse
from argparse import ArgumentParser
from collections.abc import Mapping
from typing import get_args, get_origin

from pydantic.fields import FieldInfo

from core.serving.options import Options
from core.training import aliases


def add(parser: ArgumentParser, options: type[Options]) -> None:
    """A flag per field; values stay text, pydantic converts and checks them. Flags of the first version
    still work and are not listed."""
    for name, field in options.model_fields.items():
        text = f"{field.description} (default: {_usual(field)})".replace("%", "%%")
        _add(parser, _flag(name), name, field, text)
        for old in aliases.old_names(name):
            _add(parser, _flag(old), name, field, argparse.SUPPRESS)


def _add(parser: ArgumentParser, flag: str, name: str, field: FieldInfo, text: str) -> None:
    """One that is not given leaves no value behind."""
    if field.annotation is bool:
        parser.add_argument(
            flag,
            dest=name,
            default=argparse.SUPPRESS,
            help=text,
            action=argparse.BooleanOptionalAction,
        )
    elif get_origin(field.annotation) in (list, tuple):
        parser.add_argument(
            flag, dest=name, default=argparse.SUPPRESS, help=text, type=_list, metavar="A,B,…"
        )
    else:
        choices = get_args(field.annotation)
        values = "{" + ",".join(map(str, choices)) + "}" if choices else None
        parser.add_argument(flag, dest=name, default=argparse.SUPPRESS, help=text, metavar=values)


def flags(values: Mapping[str, object], usual: Mapping[str, object]) -> list[str]:
    """The arguments that `add` reads as `values`; what is as `usual` anyway is left out."""
    given: list[str] = []
    for name, default in usual.items():
        value = values.get(name, default)
        if value == default:
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


def _usual(field: FieldInfo) -> object:
    value: object = field.get_default(call_default_factory=True)
    return value


def _list(text: str) -> list[str]:
    return [part for part in text.split(",") if part]
