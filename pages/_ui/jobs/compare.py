"""Runs side by side: curves on top of each other, what was set differently, figures, tracked examples."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from typing import TYPE_CHECKING

import streamlit as st
from pydantic.fields import FieldInfo

from core import tasks
from core.jobs.history import History
from core.jobs.store import Job
from core.plain import Row
from pages._ui.finetune import form
from pages._ui.jobs import job as live
from pages._ui.jobs import job_tabs
from pages._ui.kit import address, charts, figures, options
from pages._ui.kit.i18n import _

if TYPE_CHECKING:
    import pandas as pd

MOST = 6


def choose(jobs: Sequence[Job]) -> None:
    """The menu of runs, and the comparison once there are two."""
    titles = {one.id: title(one) for one in jobs}
    picked = address.several(
        _("Compare"),
        list(titles),
        key="compare",
        title=titles.__getitem__,
        max_selections=MOST,
        placeholder=_("choose two or more runs"),
    )
    chosen = [one for one in jobs if one.id in picked]
    if len(chosen) == 1:
        st.caption(_("Choose at least one more."))
    if len(chosen) > 1:
        with st.container(border=True):
            show(chosen)


def title(one: Job) -> str:
    return f"{one.name} · {one.id}"


def names(chosen: Sequence[Job]) -> dict[str, str]:
    """What each is called beside the others: its name, with the id where two have the same."""
    same = Counter(one.name for one in chosen)
    return {one.id: one.name if same[one.name] == 1 else title(one) for one in chosen}


def show(chosen: Sequence[Job]) -> None:
    told = {one.id: live.of(one) for one in chosen}
    left, right = st.columns(2)
    with left:
        curves(chosen, told, "losses", _("Loss over the steps"))
    with right:
        curves(chosen, told, "metrics", _("On the validation samples"))
    st.markdown("**" + _("Settings that differ") + "**")
    st.dataframe(settings(chosen), width="stretch")
    st.markdown("**" + _("Metrics of the best epoch") + "**")
    st.dataframe(metrics(chosen, told), width="stretch")
    tracked(chosen, told)


def curves(chosen: Sequence[Job], told: dict[str, History], kind: str, name: str) -> None:
    """One chart with the curves of all of them; of metrics only the one the run was for."""
    rows: list[dict[str, object]] = []
    called = names(chosen)
    for one in chosen:
        own = list(getattr(told[one.id], kind)())
        wanted = own[0]["series"] if own and kind == "metrics" else ""
        rows += [
            {**row, "series": f"{called[one.id]} · {_series(row, told[one.id])}"}
            for row in own
            if not wanted or row["series"] == wanted
        ]
    if rows:
        charts.curves(rows, title=name, key=f"compare {kind}", points=kind == "metrics")


def _series(row: Row, told: History) -> str:
    return figures.title(str(row["series"]), told.reported)


def settings(chosen: Sequence[Job]) -> pd.DataFrame:
    """The settings in which they differ: a row a setting, a column a run."""
    import pandas as pd

    rows = {
        _("Application"): [_(live.title_of(one.task)) for one in chosen],
        _("Data"): [one.request.data or "–" for one in chosen],
        _("Base model"): [form.base_title(one.request.base) for one in chosen],
    }
    for name in dict.fromkeys(n for one in chosen for n in one.request.options):
        field = _field(chosen, name)
        rows[options.title(field, name)] = [
            options.said(field, one.request.options.get(name, "–")) for one in chosen
        ]
    differing = {name: values for name, values in rows.items() if len(set(values)) > 1}
    return pd.DataFrame(differing, list(names(chosen).values())).T


def _field(chosen: Sequence[Job], name: str) -> FieldInfo | None:
    """The option of that name, from the first of the tasks that has it."""
    for one in chosen:
        model = tasks.find(one.task).trained().options
        if model and name in model.model_fields:
            return model.model_fields[name]
    return None


def metrics(chosen: Sequence[Job], told: dict[str, History]) -> pd.DataFrame:
    """A row a metric, a column a run."""
    import pandas as pd

    known = {name: told[one.id].reported for one in chosen for name in one.metrics}
    called = names(chosen)
    table = {
        called[one.id]: [
            figures.figure(n, one.metrics[n], told[one.id].reported) if n in one.metrics else "–"
            for n in known
        ]
        for one in chosen
    }
    return pd.DataFrame(table, [figures.metric_title(name, own) for name, own in known.items()])


def tracked(chosen: Sequence[Job], told: dict[str, History]) -> None:
    """For each input pinned in several of them, their last answers to it."""
    pinned = dict.fromkeys(given for one in chosen for given in one.request.tracked)
    shared = [p for p in pinned if sum(p in one.request.tracked for one in chosen) > 1]
    if not shared:
        return
    st.markdown("**" + _("Tracked examples") + "**")
    for i, given in enumerate(shared):
        with st.container(border=True, key=f"data compared example {i}"):
            left, right = st.columns([1, 3])
            shown = tasks.find(chosen[0].task).input.shown(given)
            if shown.image:
                left.image(shown.image, width=140)
            else:
                left.text(shown.text)
            rows = []
            for one in chosen:
                answered = [e.event for e in told[one.id].epochs if e.event.tracked]
                if given in one.request.tracked and answered:
                    number = one.request.tracked.index(given)
                    last = answered[-1]
                    row = job_tabs.answer_row(last.epoch, last.tracked[number])
                    rows.append({_("run"): names(chosen)[one.id], **row})
            right.dataframe(rows, hide_index=True, width="stretch")
