"""What a training step may see of a few training images: the augmentation, before anything is trained."""

from __future__ import annotations

import streamlit as st
from PIL import Image

from core.data.datasets import DataSet
from core.inputs import images
from core.serving.options import parse
from core.tasks.application import Application
from pages._ui.finetune import samples
from pages._ui.kit import background, errors
from pages._ui.kit.i18n import _

IMAGES, WAYS = 3, 5


def preview(task: Application, data: DataSet, values: dict[str, object]) -> None:
    """A part to unfold, for the applications that augment."""
    training = task.trained()
    if not training.augments:
        return
    with st.expander("🎨 " + _("Augmented samples"), key="augmented", on_change="rerun") as opened:
        if not opened.open:
            return
        with errors.guard():
            options = parse(training.options, values)
            rows = [r for r in samples.some(data) if r.get("part", "train") == "train"]
            found = background.run(
                "augmented",
                f"{data.id} {options!r}",
                lambda _p: training.augmented(data, rows[:IMAGES], options, WAYS),
            )
            if found == []:
                st.info(_("With these settings it is trained on the images as they are."))
            elif found:
                st.caption(_("First as it is, then as a training step may see it."))
                for shown in found:
                    row(shown)


def row(shown: list[Image.Image]) -> None:
    with st.container(horizontal=True, gap="small"):
        for one in shown:
            st.image(images.jpeg(one), width=88)
