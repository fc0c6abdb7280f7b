"""What a training step may see of a few training pictures: the augmentation, before anything is trained."""

from __future__ import annotations

from typing import Any

import streamlit as st
from PIL import Image

from core import images
from core.datasets import DataSet
from core.task import parse
from core.tasks.image_classification import ClassificationTrainOptions, augment
from pages._ui import errors, tune_items
from pages._ui.i18n import _

PICTURES, WAYS = 3, 5


def preview(data: DataSet, values: dict[str, Any]) -> None:
    with st.expander("🎨 " + _("Augmented samples"), key="augmented", on_change="rerun") as opened:
        if not opened.open:
            return
        with errors.guard():
            options = parse(ClassificationTrainOptions, values)
            if options.train == "head":
                st.info(_("The last layer alone is trained on pictures as they are."))
                return
            st.caption(_("First as it is, then as a training step may see it."))
            rows = [r for r in tune_items.some(data) if r.get("part", "train") == "train"]
            for row in rows[:PICTURES]:
                with Image.open(data.file(row)) as opened_picture:
                    picture = opened_picture.convert("RGB")
                size = (options.image_size,) * 2
                with st.container(horizontal=True, gap="small"):
                    for one in [picture.resize(size), *augment.shown(picture, options, WAYS)]:
                        st.image(images.jpeg(one), width=88)
