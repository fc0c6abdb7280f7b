"""Plain data: what JSON holds. Whatever crosses to a file, a process or a page is made of it."""

from __future__ import annotations

from typing_extensions import TypeAliasType

Json = TypeAliasType("Json", "bool | int | float | str | list[Json] | dict[str, Json] | None")
Row = TypeAliasType("Row", "dict[str, Json]")
