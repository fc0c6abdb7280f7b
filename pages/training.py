"""All trainings: what runs, what waits, what ran; and any of them side by side."""

from __future__ import annotations

import pandas as pd
import streamlit as st

from core import tasks
from core.jobs import history, queue, store
from core.jobs.store import Job
from pages._ui import address, charts, job, jobs_list
from pages._ui.i18n import _

MOST = 6


def settings(chosen: list[Job]) -> pd.DataFrame:
    """The settings in which the jobs differ, a column a job."""
    rows = {_("data"): [one.request["data"] for one in chosen]}
    rows[_("base")] = [one.request["base"] or "–" for one in chosen]
    names = {name for one in chosen for name in one.request["options"]}
    rows |= {n: [str(one.request["options"].get(n, "–")) for one in chosen] for n in sorted(names)}
    differing = {name: values for name, values in rows.items() if len(set(values)) > 1}
    return pd.DataFrame(differing, [one.name + " " + one.id for one in chosen]).T


def compare(chosen: list[Job]) -> None:
    """Overlaid curves, differing settings, metrics."""
    known = st.session_state.setdefault("histories", {})
    for title, rows in ((_("Loss"), "losses"), (_("Metrics"), "metrics")):
        lines = [
            {**row, "series": f"{one.name} {one.id} · {row['series']}"}
            for one in chosen
            for row in getattr(history.of(one, known), rows)()
        ]
        charts.curves(lines, title=title, key=f"compare {rows}", points=rows == "metrics")
    st.markdown("**" + _("Settings that differ") + "**")
    st.dataframe(settings(chosen), width="stretch")
    st.markdown("**" + _("Metrics") + "**")
    st.dataframe(
        pd.DataFrame({f"{one.name} {one.id}": one.metrics for one in chosen}), width="stretch"
    )


st.title("📈 " + _("Training"))
queue.dispatch()
if job_id := st.query_params.get("job"):
    st.button(_("All trainings"), icon="⬅️", on_click=lambda: address.write("job", []))
    job.show(job_id)
else:
    titles = {"all": _("All applications")} | {n: _(job.title_of(n)) for n in tasks.NAMES}
    wanted = address.menu(
        _("Application"), list(titles), key="task", default="all", title=titles.__getitem__
    )
    jobs = store.jobs(None if wanted == "all" else wanted)
    if not jobs:
        st.info(_("No training yet. Open an application and choose “Fine-tune” at its top."))
    names = {one.id: f"{one.name} · {one.id}" for one in jobs}
    if len(jobs) > 1:
        picked = address.several(
            _("Compare"), list(names), key="compare", title=names.__getitem__, max_selections=MOST
        )
        if picked:
            compare([one for one in jobs if one.id in picked])
    for one in jobs:
        jobs_list.line(one, with_task=True)
