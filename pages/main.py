"""The shell around every page: language, navigation, device badge, footer."""

from __future__ import annotations

import streamlit as st

import core.tasks  # noqa: F401 (fills the catalogue)
from pages._ui.finetune import finetune
from pages._ui.jobs import heartbeat, jobs_list
from pages._ui.kit import errors, i18n, warm
from pages._ui.kit.i18n import _
from pages._ui.predict import results

st.set_page_config(page_icon="🧠", layout="wide")
with st.sidebar:
    i18n.switch()
st.set_page_config(page_title=_("Deep-learning portal"))
i18n.streamlits_words()
results.withhold_stale()

page = st.navigation(
    {
        _("Portal"): [
            st.Page("home.py", title=_("Home"), icon="🏠", default=True),
            st.Page("models.py", title=_("Models"), icon="📦", url_path="models"),
            st.Page("training.py", title=_("Training"), icon="📈", url_path="training"),
        ],
        _("Pictures"): [
            st.Page(
                "image_classification.py",
                title=_("Image classification"),
                icon="🖼️",
                url_path="image_classification",
            ),
            st.Page(
                "object_detection.py",
                title=_("Object detection"),
                icon="🎯",
                url_path="object_detection",
            ),
            st.Page(
                "face_generation.py",
                title=_("Face generation"),
                icon="🎭",
                url_path="face_generation",
            ),
        ],
        _("Language"): [
            st.Page("translation.py", title=_("Translation"), icon="🌍", url_path="translation"),
            st.Page("sentiment.py", title=_("Sentiment"), icon="💬", url_path="sentiment"),
            st.Page(
                "question_answering.py",
                title=_("Question answering"),
                icon="❓",
                url_path="question_answering",
            ),
        ],
    }
)
heartbeat.start()
with errors.guard():
    finetune.show(page)

with st.sidebar:
    jobs_list.sidebar()
    warm.device_badge()
st.divider()
st.caption(
    _(
        "Deep-learning portal · free software under the [AGPL-3.0]({licence}) · [source code]({source}) · "
        "answers come from models and can be wrong"
    ).format(licence="./licence", source="./source.zip")
)
