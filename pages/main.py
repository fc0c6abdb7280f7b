"""The shell around every page: language, navigation, device badge, footer."""

from __future__ import annotations

import streamlit as st
from streamlit.navigation.page import StreamlitPage

from core import tasks
from core.jobs import heartbeat
from pages._ui.finetune import panel
from pages._ui.jobs import jobs_list
from pages._ui.kit import address, background, errors, i18n, warm
from pages._ui.kit.i18n import _
from pages._ui.predict import results

st.set_page_config(page_icon="🧠", layout="wide")
with st.sidebar:
    i18n.switch()
st.set_page_config(page_title=_("Deep-learning portal"))
i18n.streamlits_words()
results.withhold_stale()

groups: dict[str, list[StreamlitPage]] = {
    _("Portal"): [
        st.Page("home.py", title=_("Home"), icon="🏠", default=True),
        st.Page("models.py", title=_("Models"), icon="📦", url_path="models"),
        st.Page("training.py", title=_("Training"), icon="📈", url_path="training"),
    ]
}
for one in tasks.applications():
    file = address.page_of(one.name)
    groups.setdefault(_(one.group), []).append(
        st.Page(file, title=_(one.title), icon=one.icon, url_path=one.name)
    )
page = st.navigation(groups)
heartbeat.start()
background.begin()
with errors.guard():
    panel.show(page)
background.end()

with st.sidebar:
    with errors.guard():
        jobs_list.sidebar()
    warm.device_badge()
st.divider()
st.caption(
    _(
        "Deep-learning portal · free software under the [AGPL-3.0]({licence}) · [source code]({source}) · "
        "answers come from models and can be wrong"
    ).format(licence="./licence", source="./source.zip")
)
