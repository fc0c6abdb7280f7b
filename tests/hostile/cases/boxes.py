"""Data sets of boxes: YOLO's label files, COCO's JSON."""

from __future__ import annotations

import json

from tests.hostile.case import Case, case
from tests.hostile.packing import packed
from tests.hostile.pictures import saved

IMAGE = saved("PNG", (64, 48))
GOOD = "0 0.5 0.5 0.2 0.2\n"


def yolo(label: bytes | str = GOOD, yaml: bytes | str | None = None) -> bytes:
    """An image, its label file and a description."""
    members: dict[str, bytes | str] = {"images/a.png": IMAGE, "labels/a.txt": label}
    if isinstance(label, str):
        members["labels/a.txt"] = label.encode("utf-8", "surrogatepass")
    if yaml is not None:
        members["data.yaml"] = yaml
    return packed(members)


LABELS: dict[str, str] = {
    "empty": "", "class of 3 billion": "3000000000 0.5 0.5 0.1 0.1", "class of 10³⁰⁰": "1" + "0" * 300 + " 0.5 0.5 0.1 0.1",
    "class of 1e308": "1e308 0.5 0.5 0.1 0.1", "class of -1": "-1 0.5 0.5 0.1 0.1", "class of nan": "nan 0.5 0.5 0.1 0.1",
    "nan": "0 nan nan nan nan", "inf": "0 inf inf inf inf", "1e308": "0 1e308 1e308 1e308 1e308", "words": "cat dog bird fish cow",
    "negative": "0 -1 -1 -1 -1", "no size": "0 0.5 0.5 0 0", "pixels": "0 320 240 64 48", "one number": "0",
    "a number of 10,000 digits": "0 " + "9" * 10_000 + " 1 1 1", "NULs": "\0" * 1_000, "an outline of 100,001 points": "0 " + "0.5 " * 200_002,
    "seven numbers": "0 .1 .1 .2 .2 .3 .3", "other digits": "٠ ٠.٥ ٠.٥ ٠.١ ٠.١", "commas": "0,0.5,0.5,0.1,0.1", "hexadecimal": "0x0 0x1 0x1 0x1 0x1",
    "half a surrogate pair": "\ud800 0.5 0.5 0.1 0.1",
}  # fmt: skip
YAML: dict[str, str] = {
    "index of 3 billion": "names: {3000000000: cat}", "index of 10³⁰": "names: {1000000000000000000000000000000: cat}",
    "negative index": "names: {-1: cat}", "index that is a text": "names: {cat: 0}", "nc of 3 billion": "nc: 3000000000",
    "nc of nan": "nc: .nan\nnames: [a]", "names that are a number": "names: 7", "names that are null": "names:", "names that are a text": "names: cat",
    "names of names": "names: [[a], {b: c}]", "100,000 names": "names: [" + "a," * 100_000 + "]", "a name of 100,000 signs": f"names: [{'a' * 100_000}]",
    "control characters": 'names: ["a\\0", "\\e[2J"]', "half a surrogate pair": 'names: ["\\ud800"]', "python": "names: !!python/object/apply:os.getcwd []",
    "path outside": "path: /etc\ntrain: ../../passwd\nnames: [a]", "train that is an address": "train: http://127.0.0.1:9/a.zip\nnames: [a]",
    "kpt_shape of billions": "kpt_shape: [3000000000, 3]\nnames: [a]", "kpt_shape of words": "kpt_shape: [a, b]\nnames: [a]", "kpt_shape that is negative": "kpt_shape: [-17, 3]\nnames: [a]",
    "alias bomb": "a: &a [x,x]\nb: &b [*a,*a]\nnames: [*b,*b]", "deep": "names: " + "[" * 2_000, "no yaml": "names: {]", "markup": 'names: ["![x](http://elsewhere.example/x.png)"]',
    "yes and no": "names: [yes, no, 1.0, null]",
}  # fmt: skip
PIECE = {"id": 1, "image_id": 1, "category_id": 1, "bbox": [1, 1, 9, 9]}
KINDS = [{"id": 1, "name": "cat"}]
FILES = [{"id": 1, "file_name": "a.png", "width": 64, "height": 48}]


def coco(**change: object) -> bytes:
    about = {"images": FILES, "annotations": [PIECE], "categories": KINDS, **change}
    return packed({"annotations.json": json.dumps(about), "a.png": IMAGE})


def piece(**change: object) -> bytes:
    return coco(annotations=[{**PIECE, **change}, PIECE])


COCO: dict[str, bytes] = {
    "nothing": packed({"annotations.json": "{}", "a.png": IMAGE}), "lists of null": coco(images=[None], annotations=[None], categories=[None]),
    "images that are a number": coco(images=7), "annotations that are an object": coco(annotations={"1": PIECE}), "categories that are null": coco(categories=None),
    "no image of that number": piece(image_id=99), "no category of that number": piece(category_id=99), "numbers as texts": piece(image_id="1", category_id="1"),
    "numbers as fractions": piece(image_id=1.0, category_id=1.0), "numbers as truth": piece(image_id=True, category_id=True), "numbers as lists": piece(image_id=[1], category_id={"a": 1}),
    "category of 3 billion": coco(categories=[{"id": 3_000_000_000, "name": "cat"}]), "box of text": piece(bbox="1 1 9 9"), "box of three": piece(bbox=[1, 1, 9]),
    "box of nulls": piece(bbox=[None] * 4), "box of 10¹⁷": piece(bbox=[10**17] * 4), "box that is negative": piece(bbox=[5, 5, -9, -9]), "no box": coco(annotations=[{"id": 1}]),
    "box of a million numbers": piece(bbox=[1] * 1_000_000), "NaN": packed({"annotations.json": json.dumps({"images": FILES, "annotations": [{**PIECE, "bbox": [float("nan")] * 4}], "categories": KINDS}), "a.png": IMAGE}),
    "file name outside": coco(images=[{**FILES[0], "file_name": "../../../etc/passwd"}]), "file name that is a number": coco(images=[{**FILES[0], "file_name": 7}]),
    "file name of 100,000 signs": coco(images=[{**FILES[0], "file_name": "a" * 100_000}]), "width of 10¹⁷": coco(images=[{**FILES[0], "width": 10**17}]), "width that is a text": coco(images=[{**FILES[0], "width": "x"}]),
    "1,000 images of one number": coco(images=FILES * 1_000), "name of a category that is a list": coco(categories=[{"id": 1, "name": ["a"]}]),
    "name of a category with half a surrogate pair": packed({"annotations.json": json.dumps({"images": FILES, "annotations": [PIECE], "categories": [{"id": 1, "name": "\ud800"}]}), "a.png": IMAGE}),
    "run-length outline": piece(segmentation={"counts": [10**17, 5], "size": [10**9, 10**9]}, iscrowd=1), "deep": packed({"annotations.json": "[" * 20_000, "a.png": IMAGE}),
    "no json": packed({"annotations.json": "{", "a.png": IMAGE}), "giant number": packed({"annotations.json": '{"images": [{"id": ' + "9" * 50_000 + "}]}", "a.png": IMAGE}),
}  # fmt: skip
CASES: list[Case] = [
    *(case("object_detection", f"label: {name}", "a.zip", lambda t=text: yolo(t)) for name, text in LABELS.items()),
    *(case("object_detection", f"yaml: {name}", "a.zip", lambda t=text: yolo(GOOD, t)) for name, text in YAML.items()),
    *(case("object_detection", f"coco: {name}", "a.zip", content, slow=i % 3 == 2) for i, (name, content) in enumerate(COCO.items())),
    case("object_detection", "label: a million boxes", "a.zip", lambda: yolo(GOOD * 1_000_000), slow=True),
    case("object_detection", "label: 20,000 boxes", "a.zip", lambda: yolo(GOOD * 20_000)),
    case("object_detection", "label: latin-1", "a.zip", lambda: yolo(b"\xe9 0.5 0.5 0.1 0.1")),
    case("object_detection", "coco: 20,000 keys", "a.zip", lambda: coco(**{f"k{i}": i for i in range(20_000)})),
    case("object_detection", "coco: 200,000 annotations", "a.zip", lambda: coco(annotations=[PIECE] * 200_000), slow=True),
    case("object_detection", "coco: 50,000 categories", "a.zip",
         lambda: coco(categories=[{"id": i, "name": str(i)} for i in range(50_000)]), slow=True),
    case("object_detection", "names of 100,000 lines", "a.zip",
         lambda: packed({"a.png": IMAGE, "a.txt": GOOD, "classes.txt": "cat\n" * 100_000})),
]  # fmt: skip
