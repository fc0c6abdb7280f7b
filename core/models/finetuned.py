"""Fine-tuned models: files and a card in `models/<id>`, part of the catalogue as soon as they are there."""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable
from datetime import UTC, datetime
from functools import lru_cache
from pathlib import Path
from typing import Any

from core.errors import N_
from core.files import replacing, slug
from core.models import catalog, weights
from core.models.catalog import Licence, ModelEntry, Score, Weights
from core.models.sources import RunSource
from core.settings import settings

CARD = "card.json"
DESCRIPTION = "model.json"
"""What a task's `save` says of its files: family, config and languages of the entry, whether the base's
own files are needed beside them (`needs_base`), and whether nothing of the base is in it
(`from_scratch`)."""

Describe = Callable[[str, dict[str, Any]], Any]
_describe: Describe = lambda _task, config: config  # noqa: E731


def describe_with(describe: Describe) -> None:
    """Have the `config` of a `model.json` typed by the application it is of: `describe(application, config)`."""
    global _describe
    _describe = describe


OWN = Licence(N_("your own model"))


def publish(
    files: Path,
    *,
    job_id: str,
    task: str,
    name: str,
    request: dict[str, Any],
    metrics: dict[str, float],
    base_metrics: dict[str, float],
    epoch: int,
) -> str:
    """Copy the best model of a run into the catalogue with its card; its id. A later call with the same
    job (an extended training) replaces it."""
    model_id = f"{slug(name)}-{job_id}"
    with replacing(folder(model_id)) as new:
        shutil.copytree(files, new, dirs_exist_ok=True)
        card = {
            "id": model_id,
            "task": task,
            "title": name,
            "job": job_id,
            **request,
            "epoch": epoch,
            "metrics": metrics,
            "base_metrics": base_metrics,
            "created": datetime.now(UTC).isoformat(timespec="seconds"),
        }
        (new / CARD).write_text(json.dumps(card, indent=1, ensure_ascii=False), "utf-8")
    seal(model_id)
    return model_id


def seal(model_id: str) -> ModelEntry:
    """Record the files in a model's folder as complete: from now on it is in the catalogue."""
    weights.seal(_entry(folder(model_id)).weights[-1])
    return catalog.find(model_id)


def folder(model_id: str) -> Path:
    return settings().data / "models" / model_id


def entries() -> list[ModelEntry]:
    """The fine-tuned models on this computer, newest first."""
    found = settings().data.glob(f"models/*/{weights.MANIFEST}")
    dated = [(path.stat().st_mtime_ns, path.parent) for path in found]
    return [_known(path, changed) for changed, path in sorted(dated, reverse=True)]


def card(entry: ModelEntry) -> dict[str, Any]:
    """What is known of how a fine-tuned model was made."""
    return json.loads((folder(entry.id) / CARD).read_text("utf-8"))


def remove(model_id: str) -> None:
    shutil.rmtree(folder(model_id), ignore_errors=True)


@lru_cache(maxsize=256)
def _known(path: Path, _changed: int) -> ModelEntry:
    return _entry(path)


def _entry(path: Path) -> ModelEntry:
    facts = json.loads((path / CARD).read_text("utf-8"))
    about = json.loads((path / DESCRIPTION).read_text("utf-8"))
    base = _base(facts) if facts["base"] and not about.get("from_scratch") else None
    licence = base.weights[0].licence if base else OWN
    files = [p for p in path.iterdir() if p.is_file() and p.name != weights.MANIFEST]
    own = Weights(
        path.name, RunSource(path.name), licence, sum(p.stat().st_size for p in files) / 1e6
    )
    metric, value = next(iter(facts["metrics"].items()))
    return ModelEntry(
        id=facts["id"],
        task=facts["task"],
        title=facts["title"],
        family=about["family"],
        niche=True,
        weights=(*base.weights, own) if base and about.get("needs_base") else (own,),
        languages=tuple(about.get("languages", ())),
        about=about.get("about") or N_("Fine-tuned on this computer."),
        option_bounds=base.option_bounds if base else {},
        paper=base.paper if base else "",
        measured=Score(metric, round(value, 4), N_("validation part of its own data")),
        config=_describe(facts["task"], about["config"]),
        made=facts["created"],
    )


def _base(facts: dict[str, Any]) -> ModelEntry:
    """What a run started from: a model of the catalogue, another run, or one that is gone by now."""
    path = folder(facts["base"])
    if (path / weights.MANIFEST).exists():
        return _known(path, (path / weights.MANIFEST).stat().st_mtime_ns)
    gone = Weights(path.name, RunSource(path.name), OWN, 0.0)
    return catalog.registered(facts["base"]) or ModelEntry(
        path.name, facts["task"], path.name, "", (gone,)
    )
