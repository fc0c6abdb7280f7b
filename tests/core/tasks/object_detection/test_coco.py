"""COCO's JSON and Pascal VOC's XML: each annotation costs only itself."""

from __future__ import annotations

import json

import pytest

from core.tasks.object_detection import turning
from tests.core.tasks.object_detection.packing import (
    assumed,
    boxes,
    coco,
    encoded,
    kinds,
    png,
    read,
)

GOOD = {"id": 1, "image_id": 0, "category_id": 1, "bbox": [15, 10, 30, 20]}
BOX = [0, 0.5, 0.5, 0.5, 0.5]
OUTLINE = [[15, 10, 45, 10, 45, 30]]


def one(*annotations: object, name: str = "a.png", size=(60, 40), **more: object):
    return read({"a.png": png(0), "x.json": coco({name: size}, list(annotations), **more)})


@pytest.mark.parametrize(
    ("change", "kind"),
    [
        ({"bbox": None}, "bad_box"),
        ({"bbox": []}, "bad_box"),
        ({"bbox": [1, 2, 3]}, "bad_box"),
        ({"bbox": ["1", "2", "3", "4"]}, "bad_box"),
        ({"bbox": [1, 2, -3, 4]}, "bad_box"),
        ({"bbox": [1, 2, 0, 4]}, "bad_box"),
        ({"bbox": [1, 2, True, 4]}, "bad_box"),
        ({"bbox": {"x": 1}}, "bad_box"),
        ({"bbox": [], "segmentation": {"counts": [5], "size": [40, 60]}}, "bad_box"),
        ({"bbox": [], "segmentation": [[1, 2, 3]]}, "bad_box"),
        ({"category_id": 99}, "unknown_category"),
        ({"category_id": [1]}, "unknown_category"),
        ({"image_id": 77}, "unknown_image"),
        ({"image_id": None}, "unknown_image"),
        ({"iscrowd": 1}, "crowd"),
        ({"bbox": [500, 500, 10, 10]}, "empty_box"),
    ],
)
def test_a_wrong_annotation_is_left_out_by_name(change, kind):
    draft = one(GOOD, GOOD | {"id": 9} | change)
    assert kinds(draft) == [kind]
    assert "x.json#9" in str(draft.problems[0])
    assert boxes(draft) == [[BOX]]


@pytest.mark.parametrize("wrong", [7, None, "x", [], {}])
def test_what_is_no_annotation_is_left_out_by_name(wrong):
    draft = one(GOOD, wrong)
    assert "x.json#1 " in str(draft.problems[0])
    assert boxes(draft) == [[BOX]]


@pytest.mark.parametrize("bbox", [[], None, [0, 0, 0, 0]])
def test_the_box_around_an_outline_is_used_and_told(bbox):
    draft = one(GOOD | {"bbox": bbox, "segmentation": OUTLINE})
    assert boxes(draft) == [[BOX]]
    assert kinds(draft) == ["box_of_outline"]


def test_not_a_number_is_no_json():
    text = coco({"a.png": (60, 40)}, [GOOD]).replace("15", "NaN")
    draft = read({"a.png": png(0), "x.json": text})
    assert not draft.samples
    assert draft.problems[0].kind == "unreadable"


@pytest.mark.parametrize(
    "name",
    [
        "images\\a.png",
        "C:\\data\\a.png",
        "../a.png",
        "deep/er/a.png",
        "https://host/files/a.png?token=1",
        "/data/local-files/?d=x/a.png",
        "A.PNG",
    ],
)
def test_paths_of_other_computers_find_their_image(name):
    assert boxes(one(GOOD, name=name)) == [[BOX]]


def test_percent_signs_in_names():
    text = coco({"my%20photo.png": (60, 40)}, [GOOD])
    assert boxes(read({"my photo.png": png(0), "x.json": text})) == [[BOX]]


def test_images_that_are_not_there_are_named():
    draft = read({"a.png": png(0), "x.json": coco({"a.png": (60, 40), "b.png": (60, 40)}, [GOOD])})
    assert kinds(draft) == ["no_image"]
    assert "b.png" in str(draft.problems[0])


def test_a_name_that_several_images_have_is_told():
    draft = read(
        {"train/a.png": png(0), "val/a.png": png(1), "x.json": coco({"a.png": (60, 40)}, [GOOD])}
    )
    assert not draft.samples
    assert "any of 2 images" in str(draft.problems[0])


def test_two_images_of_one_id_are_left_out():
    images = [{"id": 0, "file_name": n, "width": 60, "height": 40} for n in ("a.png", "b.png")]
    draft = read({"a.png": png(0), "b.png": png(1), "x.json": coco({}, [GOOD], images=images)})
    assert not draft.samples
    assert draft.problems[0].kind == "equal_ids"


def test_ids_as_text_and_as_numbers_are_one():
    assert boxes(one(GOOD | {"image_id": "0", "category_id": 1.0})) == [[BOX]]


def test_a_category_above_others_is_no_class():
    above = [
        {"id": 0, "name": "animals", "supercategory": "none"},
        {"id": 1, "name": "cat", "supercategory": "animals"},
        {"id": 5, "name": "dog", "supercategory": "animals"},
    ]
    draft = one(GOOD, categories=above)
    assert draft.facts["classes"] == ["cat", "dog"]
    assert boxes(draft) == [[BOX]]
    assert "animals" in assumed(draft, "categories")[0]


def test_a_file_without_boxes_is_told_once():
    captions = [{"id": i, "image_id": 0, "caption": "x"} for i in range(50)]
    draft = read(
        {
            "a.png": png(0),
            "captions.json": coco({"a.png": (60, 40)}, captions),
            "x.json": coco({"a.png": (60, 40)}, [GOOD]),
        }
    )
    assert kinds(draft) == ["no_box_file"]
    assert boxes(draft) == [[BOX]]


def test_a_file_for_each_class_is_joined_and_told():
    other = {"id": 2, "image_id": 0, "category_id": 2, "bbox": [0, 0, 30, 20]}
    files = {f"{i}.json": coco({"a.png": (60, 40)}, [a]) for i, a in enumerate((GOOD, other))}
    draft = read({"a.png": png(0), **files})
    assert boxes(draft) == [[BOX, [1, 0.25, 0.25, 0.5, 0.5]]]
    assert kinds(draft) == ["described_twice"]


def test_a_description_beside_label_files_can_be_chosen():
    files = {
        "a.png": png(0),
        "a.txt": "0 0.2 0.2 0.1 0.1",
        "x.json": coco({"a.png": (60, 40)}, [GOOD]),
    }
    assert boxes(read(files)) == [[BOX]]
    assert boxes(read(files, annotations="YOLO")) == [[[0, 0.2, 0.2, 0.1, 0.1]]]


def test_the_division_in_the_names_of_the_files_is_kept():
    files = {}
    for i, part in enumerate(("train2017", "val2017")):
        files |= {f"images/{i}.png": png(i)}
        files[f"instances_{part}.json"] = coco({f"{i}.png": (60, 40)}, [GOOD])
    draft = read(files)
    assert [one.row["part"] for one in draft.samples] == ["train", "validation"]
    assert "is kept (train 1, validation 1, test 0)" in assumed(draft, "division")[0]


def test_fractions_in_a_description_are_told():
    draft = one(GOOD | {"bbox": [0.25, 0.25, 0.5, 0.5]})
    assert boxes(draft) == [[BOX]]
    assert "fractions" in assumed(draft, "box_units")[0]


def test_an_image_of_another_size_is_scaled_and_told():
    draft = one(GOOD | {"bbox": [30, 20, 60, 40]}, size=(120, 80))
    assert boxes(draft) == [[BOX]]
    assert assumed(draft, "resized")


def test_an_image_of_other_proportions_is_for_a_person_to_decide():
    draft = one(GOOD, size=(60, 60))
    assert kinds(draft) == ["size_differs"]
    assert draft.doubtful == {0}


def test_a_description_without_sizes_is_read_by_the_image():
    images = [{"id": 0, "file_name": "a.png"}]
    assert boxes(one(GOOD, images=images)) == [[BOX]]


UPRIGHT, STORED = [10, 80, 40, 30], [80, 30, 30, 40]
"""The same box of a photo of 120 × 80 pixels that orientation 6 turns, in both coordinates."""


def photo(bbox: list[int], size: tuple[int, int], **choices: str):
    files = {"a.jpg": encoded(0, (120, 80), "JPEG", 6)}
    return read({**files, "x.json": coco({"a.jpg": size}, [GOOD | {"bbox": bbox}])}, **choices)


@pytest.mark.parametrize(
    ("bbox", "size"), [(UPRIGHT, (120, 80)), (STORED, (120, 80)), (UPRIGHT, (80, 120))]
)
def test_boxes_follow_the_photo_that_exif_turns(bbox, size):
    draft = photo(bbox, size)
    assert boxes(draft) == [[[0, 0.375, 0.791667, 0.5, 0.25]]]
    assert assumed(draft, "coordinates")


def test_a_box_that_fits_both_ways_is_guessed_and_can_be_chosen():
    draft = photo([10, 10, 20, 30], (120, 80))
    assert next(one for one in draft.assumptions if one.kind == "coordinates").guessed
    assert boxes(draft) == [[[0, 0.6875, 0.166667, 0.375, 0.166667]]]
    chosen = photo([10, 10, 20, 30], (120, 80), coordinates="upright")
    assert boxes(chosen) == [[[0, 0.25, 0.208333, 0.25, 0.25]]]


@pytest.mark.parametrize("orientation", range(1, 9))
def test_a_turned_box_covers_the_same_pixels(orientation):
    import io

    import numpy as np
    from PIL import Image, ImageOps

    pixels = np.zeros((40, 60, 3), np.uint8)
    pixels[4:12, 6:30] = 255
    exif, out = Image.Exif(), io.BytesIO()
    exif[0x0112] = orientation
    Image.fromarray(pixels).save(out, "PNG", exif=exif)
    found = turning.header(out.getvalue())
    upright = ImageOps.exif_transpose(Image.open(out))
    assert found.upright == upright.size
    box = turning.turned((6 / 60, 4 / 40, 30 / 60, 12 / 40), orientation)
    ys, xs = np.nonzero(np.asarray(upright)[..., 0])
    wide, high = upright.size
    expected = (xs.min() / wide, ys.min() / high, (xs.max() + 1) / wide, (ys.max() + 1) / high)
    assert box == pytest.approx(expected)


@pytest.mark.parametrize(
    ("said", "name"),
    [
        ({"shapes": [], "imagePath": "a.png"}, "LabelMe"),
        ([{"image": "a.png", "annotations": []}], "CreateML"),
        ([{"data": {}, "annotations": []}], "Label Studio"),
        ({"info": {}}, "no COCO file"),
        ([], "no COCO file"),
        (7, "no COCO file"),
    ],
)
def test_other_formats_are_named(said, name):
    draft = read({"a.png": png(0), "x.json": json.dumps(said)})
    assert not draft.samples
    assert name in str(draft.problems[0])


@pytest.mark.parametrize(
    "text",
    [
        "[" * 100_000,
        '{"images": ' + "9" * 5000,
        '{"images": [], "annotations": [1e999]}',
        "\ud7ff{",
    ],
)
def test_hostile_json_is_told(text):
    draft = read({"a.png": png(0), "x.json": text})
    assert draft.problems[0].kind == "unreadable"


def test_an_image_of_another_folder_does_not_lend_its_boxes():
    """Thousands of equal names, and as many keys: only the one whose folder fits too has the image."""
    images = {f"{i}/a.png": (60, 40) for i in range(4_000)}
    other = [GOOD | {"id": i, "image_id": i, "bbox": [0, 0, 5, 5]} for i in range(1, 4_000)]
    text = coco(images, [GOOD, *other], **{f"k{i}": i for i in range(4_000)})
    draft = read({"0/a.png": png(0), "x.json": text})
    assert boxes(draft) == [[BOX]]
    assert draft.counts == {"no_image": 3_999}


def test_two_names_that_fit_an_image_alike_are_told():
    images = {"x/a.png": (60, 40), "y/a.png": (60, 40)}
    draft = read({"a.png": png(0), "x.json": coco(images, [GOOD])})
    assert not draft.samples
    assert draft.counts["no_image"] == 2


VOC = """<annotation><filename>a.png</filename><size><width>60</width><height>40</height></size>
<object><name>dog</name><bndbox><xmin>15</xmin><ymin>10</ymin><xmax>45</xmax><ymax>30</ymax></bndbox></object>
<object><name>cat</name><bndbox><xmin>oops</xmin></bndbox></object></annotation>"""


def test_pascal_voc_is_read():
    draft = read({"JPEGImages/a.png": png(0), "Annotations/a.xml": VOC})
    assert boxes(draft) == [[BOX]]
    assert draft.facts["classes"] == ["dog"]
    assert kinds(draft) == ["bad_box"]


def test_other_xml_is_named():
    draft = read({"a.png": png(0), "x.xml": "<annotations/>"})
    assert "XML <annotations>" in draft.why(9)
