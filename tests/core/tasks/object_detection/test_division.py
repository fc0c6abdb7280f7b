"""A division that an archive has of its own is kept, whoever says it."""

from __future__ import annotations

import pytest

from tests.core.tasks.object_detection.packing import assumed, png, read

LABEL = "0 0.5 0.5 0.2 0.2"


def parts(images: tuple[str, ...], **others: str):
    files: dict[str, bytes | str] = {}
    for i, name in enumerate(images):
        files |= {name: png(i), name.replace("images", "labels").replace(".png", ".txt"): LABEL}
    files |= {name.replace("__", "."): content for name, content in others.items()}
    draft = read(files)
    return draft, [one.row.get("part") for one in draft.samples]


@pytest.mark.parametrize(
    "said",
    [
        "path: /home/me/ds\ntrain: images/a\nval: images/b",
        "train: ../images/a\nval: ../images/b",
        'train: "C:\\data\\images\\a"\nval: "C:\\data\\images\\b"',
        "train: [images/a/0.png]\nval: ./images/b/1.png",
        "train: images/a/\nval:\n- images/b/\n",
    ],
)
def test_the_folders_in_a_description_are_the_parts(said):
    draft, found = parts(("images/a/0.png", "images/b/1.png"), data__yaml=said)
    assert found == ["train", "validation"]
    assert "division of data.yaml is kept (train 1, validation 1, test 0)" in str(
        assumed(draft, "division")
    )


@pytest.mark.parametrize("name", ["train__txt", "Train__txt"])
def test_lists_of_images_are_the_parts(name):
    draft, found = parts(
        ("images/0.png", "images/1.png", "images/2.png"),
        **{name: "data/images/0.png\ndata/images/1.png\n", "valid__txt": "data/images/2.png"},
    )
    assert found == ["train", "train", "validation"]
    assert not draft.problems


def test_darknets_data_file_names_its_lists():
    draft, found = parts(
        ("images/0.png", "images/1.png"),
        obj__data="classes = 1\ntrain = data/first.txt\nvalid = data/second.txt\nnames = data/obj.names",
        first__txt="data/images/0.png",
        second__txt="data/images/1.png",
    )
    assert found == ["train", "validation"]
    assert not draft.problems


def test_one_folder_for_several_parts_is_no_division():
    draft, found = parts(("images/0.png", "images/1.png"), data__yaml="train: images\nval: images")
    assert found == [None, None]
    assert "same 2 images to several parts (train = validation)" in assumed(draft, "division")[0]


def test_a_folder_that_is_not_there_is_named():
    draft, found = parts(
        ("images/0.png", "images/1.png"), data__yaml="train: /x/trains\nval: /x/vals"
    )
    assert found == [None, None]
    assert "/x/trains" in assumed(draft, "division")[0]


def test_a_training_part_alone_is_divided_anew_and_said():
    draft, found = parts(("train/images/0.png", "train/images/1.png", "test/images/2.png"))
    assert found == [None, None, None]
    assert "(train 2, validation 0, test 1): the images are divided anew" in str(
        assumed(draft, "division")
    )
