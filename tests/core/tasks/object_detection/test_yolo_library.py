"""What importing ultralytics must leave alone."""

from __future__ import annotations

import pytest

from core.errors import ImageError
from core.inputs import images
from core.tasks.object_detection.families import yolo


def test_a_file_that_is_no_image_is_still_named_as_such_after_the_import():
    yolo.library()
    with pytest.raises(ImageError, match="is not an image"):
        images.decode(b"not an image at all", "holiday.jpg")
