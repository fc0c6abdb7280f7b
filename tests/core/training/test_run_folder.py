"""The paths in a job's folder are those that earlier versions wrote."""

from __future__ import annotations

from pathlib import Path

from core.training.run_folder import RunFolder


def test_every_path_is_spelt_as_in_the_first_version():
    files = RunFolder(Path("job"))
    paths = [
        files.best,
        files.checkpoints,
        files.dataset,
        files.curves,
        files.description,
        files.log,
        files.tensorboard,
        files.items("base"),
        files.items("best"),
        files.samples(3),
        files.features("train"),
    ]
    assert [path.relative_to("job").as_posix() for path in paths] == [
        "best",
        "checkpoints",
        "dataset",
        "curves.json",
        "job.json",
        "log.txt",
        "tensorboard",
        "items-base.json",
        "items-best.json",
        "samples/epoch-0003",
        "features-train.safetensors",
    ]
