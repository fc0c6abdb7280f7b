"""What the columns of label files mean, and in which dialects they are written."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from core.errors import DataSetError, UsageError
from core.tasks.object_detection.formats import label_files
from tests.core.tasks.object_detection.packing import assumed, boxes, kinds, labelled, png, read

BOX = [[0, 0.3, 0.4, 0.1, 0.2]]
NAMES = "names: [person, car]"


def yolo(*labels: bytes | str, **choices: str):
    return read(labelled(*labels, data__yaml=NAMES), **choices)


def test_tracking_labels_are_boxes_and_said_to_be():
    draft = yolo("0 0.30 0.40 0.10 0.20 0.88 1", "0 0.30 0.40 0.10 0.20 0.5 7\n")
    assert boxes(draft) == [BOX, BOX]
    assert "confidence, track" in assumed(draft, "label_format")[0]
    assert not draft.problems


def test_six_numbers_are_triangles_where_one_line_ends_in_no_whole_number():
    draft = yolo("0 0.2 0.2 0.4 0.2 0.4 1", "0 0.2 0.2 0.4 0.2 0.3 0.4")
    assert boxes(draft)[1] == [pytest.approx([0, 0.3, 0.3, 0.2, 0.2])]
    assert "corners of an outline" in assumed(draft, "label_format")[0]


def test_six_whole_numbers_in_pixels_are_triangles():
    draft = yolo("0 30 20 40 10 15 35", "1 30 20 40 10 15 35")
    assert boxes(draft)[0] == [pytest.approx([0, 27.5 / 60, 22.5 / 40, 25 / 60, 25 / 40], abs=1e-6)]


@pytest.mark.parametrize(
    ("fifth", "told"), [("1", "track"), ("12", "track"), ("0.5", "confidence")]
)
def test_a_fifth_number_is_left_out_and_said(fifth, told):
    draft = yolo(f"0 0.3 0.4 0.1 0.2 {fifth}")
    assert boxes(draft) == [BOX]
    assert f"({told})" in assumed(draft, "label_format")[0]


def test_a_fifth_number_that_is_an_angle_is_refused_by_name():
    draft = yolo("0 0.3 0.4 0.1 0.2 -1.2")
    assert not draft.samples
    assert kinds(draft) == ["bad_columns"]


@pytest.mark.parametrize(("points", "numbers"), [(4, 3), (17, 3), (17, 2), (3, 2)])
def test_pose_labels_give_their_boxes(points, numbers):
    keypoint = " 0.28 0.35 2"[: 5 * 2 if numbers == 2 else None]
    draft = read(
        labelled(
            "0 0.3 0.4 0.1 0.2" + keypoint * points,
            data__yaml=f"names: [hand]\nkpt_shape: [{points}, {numbers}]",
        )
    )
    assert boxes(draft) == [BOX]
    assert f"{points} × {numbers}" in assumed(draft, "label_format")[0]


def test_pose_labels_of_another_shape_than_said_are_refused_by_name():
    draft = read(labelled("0 0.3 0.4 0.1 0.2" + " 0.3 0.3" * 17, data__yaml="kpt_shape: [17, 3]"))
    assert kinds(draft) == ["bad_columns"]


def test_pose_labels_without_a_shape_are_known_by_their_visibilities():
    draft = yolo(
        "0 0.3 0.4 0.1 0.2 0.28 0.35 2 0.3 0.4 0", "0 0.3 0.4 0.1 0.2 0.28 0.35 1 0.3 0.4 2"
    )
    assert boxes(draft) == [BOX, BOX]
    assert next(one for one in draft.assumptions if one.kind == "label_format").guessed


def test_oriented_boxes_give_the_box_around_and_say_so():
    draft = yolo("0 0.2 0.3 0.4 0.2 0.5 0.4 0.3 0.5")
    assert boxes(draft) == [[pytest.approx([0, 0.35, 0.35, 0.3, 0.3])]]
    assert "oriented box" in assumed(draft, "label_format")[0]


def test_outlines_beside_boxes_are_a_problem():
    draft = yolo("0 0.3 0.4 0.1 0.2\n0 0.2 0.1 0.6 0.3 0.4 0.5 0.1 0.1")
    assert kinds(draft) == ["mixed_labels"]
    assert "labels/0.txt:1" in str(draft.problems[0])
    assert "labels/0.txt:2" in str(draft.problems[0])


def test_a_person_says_what_the_columns_are():
    draft = yolo("0 0.3 0.4 0.1 0.2 0.28 0.35 0.3 0.4", label_format="boxes")
    assert boxes(draft) == [BOX]
    with pytest.raises(UsageError, match="label_format cannot be"):
        yolo("0 0.3 0.4 0.1 0.2 0.5", label_format="nothing")


@pytest.mark.parametrize(
    "content",
    [
        b"\xef\xbb\xbf0 0.3 0.4 0.1 0.2",
        "0 0.3 0.4 0.1 0.2".encode("utf-16"),
        b"0,0.3,0.4,0.1,0.2",
        b"0, 0.3, 0.4, 0.1, 0.2,",
        b"0;0.3;0.4;0.1;0.2",
        b"0 0,3 0,4 0,1 0,2",
        b"0\t0.3\t0.4\t0.1\t0.2\r",
        b"0.0 3e-1 .4 0.1 0.2",
        b"person 0.3 0.4 0.1 0.2",
        b"Person 0.3 0.4 0.1 0.2",
    ],
)
def test_dialects_of_one_line(content):
    draft = yolo(content)
    assert boxes(draft) == [BOX]
    assert not draft.problems


def test_a_box_that_is_given_twice_is_told():
    draft = yolo("0 0.3 0.4 0.1 0.2\n0 0.3 0.4 0.1 0.2")
    assert boxes(draft) == [BOX]
    assert "1 boxes are given more than once" in str(draft.problems[0])


def test_names_of_classes_in_the_labels_are_used_where_no_file_names_them():
    draft = read(labelled("no helmet 0.3 0.4 0.1 0.2\nhelmet 0.5 0.5 0.1 0.1"))
    assert draft.facts["classes"] == ["helmet", "no helmet"]
    assert [box[0] for box in boxes(draft)[0]] == [1, 0]


def test_lines_of_kitti_are_no_outlines():
    line = "Car 0.00 0 -1.57 614.24 181.78 727.31 284.77 1.57 1.73 4.15 1.00 1.75 13.22 0.74"
    assert kinds(read(labelled(line))) == ["bad_line"]


def test_pixels_are_converted_and_said():
    draft = yolo("0 30 20 12 8", "1 30 20 12 8")
    assert boxes(draft) == [[[0, 0.5, 0.5, 0.2, 0.2]], [[1, 0.5, 0.5, 0.2, 0.2]]]
    assert "taken for pixels" in assumed(draft, "box_units")[0]


def test_pixels_that_only_fit_as_corners_are_corners():
    draft = yolo("0 36 24 60 40", "0 12 8 60 40")
    assert boxes(draft)[0] == [[0, 0.8, 0.8, 0.4, 0.4]]
    assert "left, top, right" in assumed(draft, "box_order")[0]


def test_percent_is_told_from_pixels_by_the_size_of_the_image():
    draft = read({"0.png": png(0, (640, 480)), "0.txt": "0 50 50 20 20"})
    assert boxes(draft) == [[[0, 0.5, 0.5, 0.2, 0.2]]]
    assert "percent" in assumed(draft, "box_units")[0]


def test_a_pixel_line_among_fractions_is_named():
    draft = yolo("0 0.3 0.4 0.1 0.2\n0 0.5 0.5 0.1 0.1\n0 30 20 12 8")
    assert kinds(draft) == ["no_fractions"]
    assert "30, 20, 12, 8" in str(draft.problems[0])


@pytest.mark.parametrize(
    ("image", "label"),
    [
        ("Images/a.png", "Labels/a.txt"),
        ("IMAGES/a.PNG", "labels/A.TXT"),
        ("data/images/train/a.png", "data/labels/train/a.txt"),
        ("a.png", "a.png.txt"),
        ("pictures/a.png", "yolo/a.txt"),
        ("train/a.png", "labels/train/a.txt"),
    ],
)
def test_label_files_are_found(image, label):
    draft = read({image: png(0), label: "0 0.3 0.4 0.1 0.2"})
    assert boxes(draft) == [BOX]


def test_a_label_file_without_an_image_is_named_and_a_readme_is_not():
    draft = read(
        {**labelled("0 0.3 0.4 0.1 0.2"), "labels/z.txt": "0 0.5 0.5 1 1", "README.txt": "hi"}
    )
    assert kinds(draft) == ["no_image"]
    assert "labels/z.txt" in str(draft.problems[0])


def test_thousands_of_images_without_labels_are_told_once():
    files = {f"images/{i}.png": png(i, (4, 4)) for i in range(1, 40)}
    draft = read({**files, **labelled("0 0.3 0.4 0.1 0.2")})
    assert draft.counts["no_labels"] == 1
    assert "39 images" in str(draft.problems[0])


def test_a_label_file_of_too_many_lines_is_left_out_by_name():
    draft = yolo("0 0.5 0.5 0.1 0.1\n" * 200_000, "0 0.3 0.4 0.1 0.2")
    assert "200000 lines" in str(draft.problems[0])
    assert "10000 lines" in str(draft.problems[0])
    assert [one.origin for one in draft.kept(drop=True)] == ["images/1.png"]


def test_more_boxes_than_are_read_at_all_are_refused(monkeypatch):
    monkeypatch.setattr("core.tasks.object_detection.formats.annotations.MOST_TOTAL", 3)
    with pytest.raises(DataSetError, match="more than 3 boxes"):
        yolo("0 0.3 0.4 0.1 0.2\n" * 3)


FRACTION = st.integers(300, 500).map(lambda n: n / 1000)


@settings(max_examples=25, deadline=None)
@given(
    numbers=st.lists(st.tuples(FRACTION, FRACTION, FRACTION, FRACTION), min_size=1, max_size=4),
    separator=st.sampled_from([" ", "\t", ",", ", ", ";", "  "]),
    end=st.sampled_from(["\n", "\r\n", "\r"]),
    encoding=st.sampled_from(["utf-8", "utf-8-sig", "utf-16"]),
    index=st.sampled_from(["1", "1.0", "car", "1e0"]),
    more=st.sampled_from([[], ["0.875", "3"], ["0.5"], ["12"]]),
)
def test_a_box_is_the_same_in_every_dialect(numbers, separator, end, encoding, index, more):
    lines = [separator.join([index, *map(str, box), *more]) for box in numbers]
    draft = yolo((end.join(lines) + end).encode(encoding))
    assert boxes(draft) == [[[1, *box] for box in dict.fromkeys(numbers)]]
    assert bool(assumed(draft, "label_format")) == bool(more)
    assert kinds(draft) == ["equal_boxes"] * (len(set(numbers)) < len(numbers))


@settings(max_examples=15, deadline=None)
@given(
    corners=st.lists(st.tuples(FRACTION, FRACTION), min_size=3, max_size=9),
    separator=st.sampled_from([" ", ",", ";"]),
)
def test_an_outline_gives_the_box_around_or_is_told(corners, separator):
    text = separator.join(["1", *(str(n) for point in corners for n in point)])
    x, y = zip(*corners, strict=True)
    around = [1, (min(x) + max(x)) / 2, (min(y) + max(y)) / 2, max(x) - min(x), max(y) - min(y)]
    draft = yolo(text)
    if min(around[3:]) > 1e-3:
        assert boxes(draft) == [[pytest.approx(around, abs=1e-5)]]
        assert "corners of an outline" in assumed(draft, "label_format")[0]
    else:
        assert kinds(draft) == ["empty_box"]


@settings(max_examples=50, deadline=None)
@given(text=st.text(st.sampled_from("01.,;- \tenaif_\u0663x"), max_size=40))
def test_no_line_breaks_the_parser(text):
    line = label_files.parse(1, text)
    assert line is None or len(line.numbers) >= 4
