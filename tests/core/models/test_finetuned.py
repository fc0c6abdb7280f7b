"""Fine-tuned models in the catalogue, also where what they started from is another one, or gone."""

from __future__ import annotations

import json

import pytest

from core.errors import NotReadyError
from core.models import catalog, finetuned, weights


def publish(tmp_path, name: str, base: str | None, **about: object) -> catalog.ModelEntry:
    files = tmp_path / name
    files.mkdir()
    config = {"kind": "tuned", "labels": ["good", "bad"], "window": 64}
    record = {"family": "BERT", "config": config, **about}
    (files / "model.json").write_text(json.dumps(record), "utf-8")
    model = finetuned.publish(
        files,
        job_id="1",
        task="sentiment",
        name=name,
        request={"base": base},
        metrics={"accuracy": 0.5},
        base_metrics={},
        epoch=1,
    )
    return catalog.find(model)


def test_a_run_inherits_licence_and_files_of_its_base(tmp_path):
    entry = publish(tmp_path, "one", "minilm-l6", needs_base=True)
    assert [w.name for w in entry.weights] == ["all-minilm-l6-v2", "one-1"]
    assert entry.licences == catalog.find("minilm-l6").licences


def test_a_run_on_a_run_needs_the_files_of_both(tmp_path):
    first = publish(tmp_path, "one", "minilm-l6", needs_base=True)
    entry = publish(tmp_path, "two", first.id, needs_base=True)
    assert [w.name for w in entry.weights] == ["all-minilm-l6-v2", "one-1", "two-1"]


def test_a_run_from_scratch_has_no_licence_but_ones_own(tmp_path):
    entry = publish(tmp_path, "one", "minilm-l6", from_scratch=True)
    assert entry.licences == (finetuned.OWN,)


@pytest.mark.parametrize("needs_base", [True, False])
def test_a_run_whose_base_was_deleted_does_not_take_the_catalogue_with_it(tmp_path, needs_base):
    first = publish(tmp_path, "one", None)
    entry = publish(tmp_path, "two", first.id, needs_base=needs_base)
    finetuned.remove(first.id)
    finetuned._known.cache_clear()
    assert [e.id for e in catalog.entries("sentiment") if e.finetuned] == [entry.id]
    if needs_base:
        with pytest.raises(NotReadyError):
            weights.require(catalog.find(entry.id))
