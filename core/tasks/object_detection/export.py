"""Boxes as files: CSV for a spreadsheet, YOLO text for a labelling tool. For JSON: `Result.as_json`."""

from __future__ import annotations

import csv
import zipfile
from collections.abc import Mapping
from io import BytesIO, StringIO
from pathlib import PurePath

from core.tasks.object_detection.boxes import DetectionResult
from core.tasks.object_detection.coco import CLASSES


def to_csv(results: Mapping[str, DetectionResult]) -> str:
    """One line a box, corners in pixels of the original picture."""
    text = StringIO()
    writer = csv.writer(text)
    writer.writerow(("input", "label", "score", "x1", "y1", "x2", "y2"))
    for name, result in results.items():
        writer.writerows((name, box.label, box.score, *box.xyxy) for box in result.boxes)
    return text.getvalue()


def to_yolo(result: DetectionResult) -> str:
    """One line a box: class number, centre x, centre y, width, height, as fractions of the picture."""
    lines = []
    for box in result.boxes:
        x1, y1, x2, y2 = box.xyxy
        values = (
            (x1 + x2) / 2 / result.width,
            (y1 + y2) / 2 / result.height,
            (x2 - x1) / result.width,
            (y2 - y1) / result.height,
        )
        lines.append(f"{CLASSES.index(box.label)} " + " ".join(f"{value:.6f}" for value in values))
    return "".join(line + "\n" for line in lines)


def to_yolo_zip(results: Mapping[str, DetectionResult]) -> bytes:
    """A `.txt` per picture, named after it, and `classes.txt`, which the numbers refer to."""
    data = BytesIO()
    with zipfile.ZipFile(data, "w", zipfile.ZIP_DEFLATED) as bundle:
        bundle.writestr("classes.txt", "\n".join(CLASSES) + "\n")
        used: set[str] = {"classes"}
        for name, result in results.items():
            stem = PurePath(name).stem
            while stem in used:
                stem += "_"
            used.add(stem)
            bundle.writestr(f"{stem}.txt", to_yolo(result))
    return data.getvalue()
