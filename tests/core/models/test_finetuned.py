"""Fine-tuned models in the catalogue, also where what they started from is another one, or gone."""

from __future__ import annotations

import json
import os

import pytest

from core import tasks
from core.errors import NotReadyError
from core.models import catalog, finetuned, weights


def publish(tmp_path, name: str, base: str | None, **about: object) -> catalog.ModelEntry:
    files = tmp_path / name
    files.mkdir()
    config = {"kind": "tuned", "labels": ["bad", "good"], "window": 128}
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


def test_what_was_fine_tuned_here_is_known_by_its_source_and_never_chosen_unasked(tmp_path):
    entry = publish(tmp_path, "one", None)
    assert (entry.finetuned, entry.niche) == (True, False)
    assert tasks.is_ready(entry)
    assert entry not in tasks.candidates("sentiment")


DAMAGES = {
    "card.json": [b"", b"[]", b"{}", b"\xff", b'{"id": "one-1"}'],
    "model.json": [b"", b"[]", b"{}", b'{"family": 1, "config": {}}', b'{"family": "x"}'],
}


@pytest.mark.parametrize(
    ("name", "content"), [(name, content) for name, all_ in DAMAGES.items() for content in all_]
)
def test_a_damaged_model_costs_only_itself(tmp_path, name, content, caplog):
    damaged, other = publish(tmp_path, "one", None), publish(tmp_path, "two", None)
    touch(finetuned.folder(damaged.id), name, content)
    for _look in range(2):
        assert [e for e in catalog.entries("sentiment") if e.finetuned] == [other]
    assert [damaged.id in record.getMessage() for record in caplog.records] == [True]


def test_a_model_of_an_application_that_is_gone_costs_only_itself(tmp_path):
    gone, other = publish(tmp_path, "one", None), publish(tmp_path, "two", None)
    card = finetuned.card(gone).model_copy(update={"task": "cooking"})
    touch(finetuned.folder(gone.id), "card.json", card.model_dump_json().encode())
    assert [e for e in catalog.entries() if e.finetuned] == [other]


def test_cards_that_name_each_other_as_base_end_somewhere(tmp_path):
    first = publish(tmp_path, "one", None)
    second = publish(tmp_path, "two", first.id, needs_base=True)
    card = finetuned.card(first).model_copy(update={"base": second.id})
    touch(finetuned.folder(first.id), "card.json", card.model_dump_json().encode())
    own = [e.id for e in catalog.entries("sentiment") if e.finetuned]
    assert sorted(own) == sorted([first.id, second.id])


def test_a_base_that_leaves_the_models_folder_is_refused(tmp_path):
    with pytest.raises(ValueError, match="no model's id"):
        publish(tmp_path, "one", "../elsewhere")


def test_keys_of_another_version_stay_in_the_card(tmp_path):
    entry = publish(tmp_path, "one", None)
    path = finetuned.folder(entry.id)
    card = json.loads((path / "card.json").read_text("utf-8"))
    touch(path, "card.json", json.dumps({**card, "later": [1]}).encode())
    finetuned.write_card(path, finetuned.card(entry))
    assert json.loads((path / "card.json").read_text("utf-8")) == {**card, "later": [1]}


def test_the_keys_of_a_card_are_those_of_the_first_version(tmp_path):
    entry = publish(tmp_path, "one", None)
    card = json.loads((finetuned.folder(entry.id) / "card.json").read_text("utf-8"))
    assert list(card) == [
        *("id", "task", "title", "job", "data", "sha256", "base", "options", "probes"),
        *("processes", "epoch", "metrics", "base_metrics", "created"),
    ]


def touch(path, name: str, content: bytes) -> None:
    """Change a file of a model; the catalogue looks again when its manifest changes."""
    (path / name).write_bytes(content)
    sealed = path / weights.MANIFEST
    later = sealed.stat().st_mtime_ns + 1_000_000
    os.utime(sealed, ns=(later, later))
