"""Data sets: drafts with their problems, kept as versions that do not change."""

from __future__ import annotations

import errno
import json

import pytest

from core import tasks
from core.data import datasets, drafts
from core.data.drafts import Draft, Sample
from core.errors import DataSetError, DiskFullError, UsageError


def draft(*pairs: tuple[str, str], **facts: object) -> Draft:
    items = [
        Sample({"text": text, "label": label}, f"line {i}", key=text.lower())
        for i, (text, label) in enumerate(pairs, 1)
    ]
    return Draft(samples=items, facts=dict(facts))


GOOD = (("good", "a"), ("fine", "a"), ("bad", "b"))


def add(name: str = "mine", *pairs: tuple[str, str], **more):
    return datasets.add("sentiment", name, draft(*(pairs or GOOD)), **more)


def test_what_was_added_is_found_again():
    found = datasets.find(add().id, "sentiment")
    assert (found.name, found.manifest.labels) == ("mine", {"a": 2, "b": 1})
    assert found.rows[0] == {"text": "good", "label": "a"}


def test_the_same_contents_are_the_same_version():
    assert add().id == add().id
    assert len(datasets.entries("sentiment")) == 1


def test_other_contents_are_another_version():
    assert add().id != add("mine", ("other", "a")).id


def test_renaming_changes_neither_id_nor_hash():
    one = add()
    renamed = datasets.rename(one, "new name")
    assert (renamed.id, renamed.sha256, renamed.name) == (one.id, one.sha256, "new name")


def test_deleting_leaves_the_others():
    one, other = add(), add("other", ("x", "a"))
    datasets.delete(one)
    assert [d.id for d in datasets.entries()] == [other.id]
    with pytest.raises(UsageError, match=other.id):
        datasets.find(one.id)


def test_a_copy_with_the_same_label_is_left_out():
    made = draft(*GOOD, ("good", "a"))
    drafts.find_duplicates(made)
    assert [str(p) for p in made.problems] == ["line 4 is the same as line 1; it is left out."]
    assert len(made.kept(drop=False)) == 3


def test_what_only_looks_like_a_copy_may_be_kept_or_dropped():
    made = draft(*GOOD, ("GOOD", "a"))
    drafts.find_duplicates(made)
    assert [p.kind for p in made.problems] == ["alike"]
    assert [len(made.kept(drop=drop)) for drop in (False, True)] == [4, 3]


def test_a_copy_with_another_label_may_be_kept_or_dropped():
    made = draft(*GOOD, ("GOOD", "b"))
    drafts.find_duplicates(made)
    assert [len(made.kept(drop=drop)) for drop in (False, True)] == [4, 3]


def test_a_class_with_too_few_items_is_named():
    made = draft(*GOOD)
    drafts.small_classes(made, 2)
    assert str(made.problems[0]).startswith("The class b has 1 samples")


def test_too_many_items_name_the_limit(monkeypatch):
    monkeypatch.setenv("PORTAL_DATA_ITEMS", "1")
    made = draft(("a", "a"))
    with pytest.raises(DataSetError, match="PORTAL_DATA_ITEMS"):
        made.add(made.samples[0])


def test_nothing_left_says_why():
    made = draft(("a", "a"))
    made.trouble("empty", "{origin} is empty.", sample=0, fatal=True, origin="line 1")
    with pytest.raises(DataSetError, match="line 1 is empty"):
        datasets.add("sentiment", "mine", made)


def test_a_full_disk_leaves_no_half_data_set(monkeypatch):
    def full(*_):
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(datasets, "_write_manifest", full)
    with pytest.raises(DiskFullError):
        add()
    assert datasets.entries() == []


def test_a_half_deleted_data_set_is_not_listed():
    one = add()
    (one.folder / datasets.MANIFEST).unlink()
    assert datasets.entries() == []


def stored(data: datasets.DataSet, **changes: object) -> datasets.DataSet:
    """A data set with keys of its manifest changed; None takes a key away."""
    record = {**json.loads((data.folder / datasets.MANIFEST).read_text("utf-8")), **changes}
    kept = {key: value for key, value in record.items() if value is not None}
    (data.folder / datasets.MANIFEST).write_text(json.dumps(kept), "utf-8")
    return datasets.find(data.id)


def test_a_sample_is_known_by_its_manifest_also_when_it_is_renamed():
    one = datasets.rename(add("english", sample="english"), "My texts")
    assert datasets.find(one.id).sample == "english"
    assert tasks.sample_of(one) is tasks.find("sentiment").stored().sample("english")


def test_somebodys_own_data_is_no_sample_whatever_it_is_called():
    one = add("English")
    assert (one.id.rpartition("-")[0], one.sample) == ("english", None)
    assert tasks.sample_of(one) is None


def test_a_sample_that_the_first_version_stored_is_known_by_its_licence_and_id():
    made = draft(*GOOD)
    made.licence = "MIT"
    one = stored(datasets.add("sentiment", "english", made), sample=None)
    assert "sample" not in one.manifest.as_json()
    assert one.sample == "english"
    renamed = datasets.rename(one, "My texts")
    assert (renamed.name, renamed.sample) == ("My texts", "english")


def test_own_data_that_the_first_version_stored_is_no_sample():
    assert stored(add("English"), sample=None).sample is None


DAMAGES = [b"", b"[]", b"{}", b"\xff", b'{"name": "x", "sha256": "x", "created": "x", "items": []}']


@pytest.mark.parametrize("content", DAMAGES)
def test_a_damaged_manifest_costs_only_itself(content, caplog):
    damaged, other = add(), add("other", ("x", "a"))
    (damaged.folder / datasets.MANIFEST).write_bytes(content)
    for _look in range(2):
        assert [one.id for one in datasets.entries()] == [other.id]
    assert [str(damaged.folder) in record.getMessage() for record in caplog.records] == [True]


def test_keys_of_another_version_stay_in_the_manifest():
    one = stored(add(), later=[1])
    assert datasets.rename(one, "new name").manifest.as_json()["later"] == [1]


def test_the_keys_of_a_manifest_are_those_of_the_first_version_and_the_sample():
    assert list(add().manifest.as_json()) == [
        *("name", "sha256", "created", "items", "labels", "left_out", "licence", "sample", "facts")
    ]
