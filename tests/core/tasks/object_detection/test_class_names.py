"""Where the names of the classes come from."""

from __future__ import annotations

import pytest

from tests.core.tasks.object_detection.packing import assumed, boxes, kinds, labelled, read

LABELS = ("0 0.5 0.5 0.2 0.2", "1 0.5 0.5 0.2 0.2")


def named(**files: bytes | str):
    return read(labelled(*LABELS, **files))


@pytest.mark.parametrize(
    ("said", "classes"),
    [
        ("names: [yes, no]", ["yes", "no"]),
        ("names: [on, 007, 1.0]", ["on", "007", "1.0"]),
        ("names: person", ["person", "class 1"]),
        ("nc: 2\nnames: cat, dog", ["cat", "dog"]),
        ("names: \"['cat', 'dog']\"", ["cat", "dog"]),
        ("names:\n- 0: cat\n- 1: dog", ["cat", "dog"]),
        ("names: {cat: 0, dog: 1}", ["cat", "dog"]),
        ("names:\n\t0: cat\n\t1: dog", ["cat", "dog"]),
        ('path: "C:\\Users\\me"\nnames: [cat, dog]', ["cat", "dog"]),
        ("path: !!python/name:os.system ''\nnames: [cat, dog]", ["cat", "dog"]),
        ("names: [猫, 狗]".encode("gbk"), ["猫", "狗"]),
        ("names: [猫, 狗]".encode("utf-16"), ["猫", "狗"]),
        ("names: [' cat ', 'wild\\u2028 dog\\n']", ["cat", "wild\\u2028 dog\\n"]),
        ("nc: 3", ["class 0", "class 1", "class 2"]),
    ],
)
def test_names_in_yaml(said, classes):
    draft = named(data__yaml=said)
    assert draft.facts["classes"] == classes
    assert [box[0][0] for box in boxes(draft)] == [0, 1]


@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("classes.txt", "helmet\nno helmet\n"),
        ("classes.txt", "\ufeffhelmet\r\nno helmet\r\n\r\n"),
        ("obj.names", "helmet\rno helmet"),
        ("data/_darknet.labels", "helmet\nno helmet"),
        ("labels.txt", "0 helmet\n1 no helmet"),
        ("labels/classes.txt", "helmet\nno helmet"),
        (
            "notes.json",
            '{"categories": [{"id": 1, "name": "no helmet"}, {"id": 0, "name": "helmet"}]}',
        ),
    ],
)
def test_names_in_lists(name, content):
    draft = read({**labelled(*LABELS), name: content})
    assert draft.facts["classes"] == ["helmet", "no helmet"]
    assert f"{name} names the classes: helmet, no helmet" in assumed(draft, "classes")[0]
    assert not draft.problems


def test_sources_that_disagree_are_told_and_can_be_chosen_from():
    files = {"data__yaml": "names: [cat, dog]", "classes__txt": "dog\ncat"}
    draft = named(**files)
    assert draft.facts["classes"] == ["cat", "dog"]
    assert kinds(draft) == ["names_differ"]
    other = read(labelled(*LABELS, **files), names_from="classes.txt")
    assert other.facts["classes"] == ["dog", "cat"]


def test_a_description_is_preferred_over_other_yaml_files():
    draft = named(a__yaml="names: [x, y]", data__yaml="names: [cat, dog]")
    assert draft.facts["classes"] == ["cat", "dog"]
    assert "a.yaml" in str(draft.problems[0])


def test_a_class_without_a_name_keeps_its_number_and_is_told():
    draft = read(labelled("7 0.5 0.5 0.2 0.2", data__yaml="names: [cat, dog]"))
    assert boxes(draft) == [[[7, 0.5, 0.5, 0.2, 0.2]]]
    assert draft.facts["classes"][7] == "class 7"
    assert "labels/0.txt:1: class 7 has no name" in str(draft.problems[0])


def test_a_person_names_the_classes():
    draft = named()
    (asked,) = [one for one in draft.assumptions if one.kind == "classes"]
    assert (asked.choice, asked.options, asked.taken) == ("classes", (), "")
    for typed in ("cat, dog", "cat\ndog", "cat，dog"):
        assert read(labelled(*LABELS), classes=typed).facts["classes"] == ["cat", "dog"]


def test_names_that_differ_by_case_alone_are_told():
    draft = named(data__yaml="names: [Cat, cat]")
    assert draft.facts["classes"] == ["Cat", "cat"]
    assert kinds(draft) == ["alike_names"]


def test_two_classes_of_one_name_stay_two():
    draft = named(data__yaml="names: [cat, cat]")
    assert draft.facts["classes"] == ["cat", "cat (1)"]
    assert kinds(draft) == ["alike_names"]


@pytest.mark.parametrize(
    ("said", "kind"),
    [
        ("names: {0: cat, 3000000000: dog}", "many_classes"),
        ("names: [" + "x," * 20_000 + "]", "many_classes"),
        ("names: {a: b}", "bad_names"),
        ("names: [cat, {a: [b]}]", "bad_name"),
        ("names: [cat, '']", "bad_name"),
        ("names: [cat, '" + "x" * 5000 + "']", "bad_name"),
        ("names: " + "[" * 5000, "unreadable"),
        ("names: &a [cat, dog]\nother: *a", "unreadable"),
        ("a: &a [x,x]\nb: &b [*a,*a]\nnames: [*b,*b]", "unreadable"),
        ("nc: 3000000000", "count_differs"),
        ("nc: 3\nnames: [cat, dog]", "count_differs"),
        ("kpt_shape: [3000000000, 3]", "bad_shape"),
        ("names: [cat, dog", "unreadable"),
    ],
)
def test_hostile_and_broken_descriptions_are_told(said, kind):
    draft = named(data__yaml=said)
    assert kind in kinds(draft)
    assert len(draft.facts["classes"]) <= 2
    assert [box[0][0] for box in boxes(draft)] == [0, 1]


def test_lone_surrogates_in_names_do_not_reach_the_store():
    notes = '{"categories": [{"id": 0, "name": "\\\\ud800x"}, {"id": 1, "name": "b"}]}'.replace(
        "\\\\", "\\"
    )
    "".join(named(notes__json=notes).facts["classes"]).encode()


def test_a_class_index_beyond_reason_is_left_out_by_name():
    draft = read(labelled("3000000000 0.5 0.5 0.2 0.2\n0 0.5 0.5 0.2 0.2"))
    assert draft.facts["classes"] == ["class 0"]
    assert "labels/0.txt:1: “3000000000” is no number of a class" in str(draft.problems[0])
