"""Our detector's training beside the library's own command."""

from __future__ import annotations

import pytest

from core.tasks.object_detection import benchmark
from core.tasks.object_detection.options import DetectionTrainOptions
from core.training.benchmark import measure


def test_fewer_samples_are_the_same_ones_of_the_stored_data_set(scenes):
    fewer = benchmark.Fewer(scenes.folder)
    assert fewer.rows == scenes.rows[:: benchmark.EVERY]
    assert len(fewer.rows) < len(scenes.rows)


@pytest.mark.heavy
def test_our_detector_trains_beside_the_librarys_own_command(scenes):
    options = DetectionTrainOptions(image_size=64, batch_size=4, epochs=2, pretrained=False)
    ours, theirs = measure(benchmark.against_command(scenes, options), 1)
    assert ours > 0
    assert theirs > 0
