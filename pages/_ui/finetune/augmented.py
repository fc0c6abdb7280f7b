"""What a training step may see of a few training pictures: the augmentation, before anything is trained."""

from __future__ import annotations

from importlib import import_module
from importlib.util import find_spec
from typing import Any

import streamlit as st
from PIL import Image

from core.data.datasets import DataSet
from core.inputs import images
from core.serving.task import Task, parse
from pages._ui.finetune import tune_items
from pages._ui.kit import errors, work
from pages._ui.kit.i18n import _

PICTURES, WAYS = 3, 5


def preview(task: Task, data: DataSet, values: dict[str, Any]) -> None:
    """A part to unfold, for the tasks that augment (`core/tasks/<task>/augment.py`)."""
    name = f"core.tasks.{task.name}.augment"
    if not find_spec(name):
        return
    with st.expander("🎨 " + _("Augmented samples"), key="augmented", on_change="rerun") as opened:
        if not opened.open:
            return
        with errors.guard():
            options = parse(task.train_options, values)
            rows = [r for r in tune_items.some(data) if r.get("part", "train") == "train"]
            found = work.run(
                "augmented",
                f"{data.id} {options!r}",
                lambda _p: import_module(name).shown(data, rows[:PICTURES], options, WAYS),
            )
            if found == []:
                st.info(_("With these settings it is trained on pictures as they are."))
            elif found:
                st.caption(_("First as it is, then as a training step may see it."))
                for pictures in found:
                    row(pictures)


def row(pictures: list[Image.Image]) -> None:
    with st.container(horizontal=True, gap="small"):
        for one in pictures:
            st.image(images.jpeg(one), width=88)
