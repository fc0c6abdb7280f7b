"""A process that loads every starter, predicts, and lets the models go: prints the megabytes it holds above its level
with all libraries imported, at its peak and at the end."""

from __future__ import annotations

import json
from importlib import import_module

import psutil

from core import tasks
from core.imports import LIBRARIES, quiet_libraries


def megabytes() -> float:
    return psutil.Process().memory_info().rss / 1e6


def main() -> None:
    quiet_libraries()
    for name in (*LIBRARIES, "cv2", "sklearn.linear_model", "streamlit", "pandas"):
        import_module(name)
    level = megabytes()
    for one in tasks.applications():
        examples = one.prediction.examples()[:1] if one.prediction else []
        for entry in tasks.candidates(one.name) if examples else ():
            tasks.predict(one.name, examples, one.parse({}), model=entry.id)
    peak = megabytes()
    tasks.pool.rest(0)
    print(json.dumps({"peak": peak - level, "after": megabytes() - level}))


if __name__ == "__main__":
    main()
