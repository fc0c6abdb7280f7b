"""The model menu: what is ready, what can be fetched, who made it, under which licence."""

from __future__ import annotations

import streamlit as st

from core import tasks
from core.models import catalog, finetuned, weights
from core.models.catalog import Licence, ModelEntry, Score
from core.models.weights import State
from core.tasks.application import Application
from core.training import aliases
from pages._ui.kit import address, errors, figures, text
from pages._ui.kit.i18n import _
from pages._ui.kit.state import session
from pages._ui.models import fetching

AUTOMATIC = "auto"
MARKS = {"ready": "✅", "downloadable": "⬇️", "offline": "⛔"}


def label(entry: ModelEntry, state: State) -> str:
    """The model's title between its state as a mark, which a narrow menu does not cut off, and in
    words: `ready`, `download 45 MB` or `offline`."""
    title = f"{MARKS[state.kind]} {_(entry.title)} · "
    if state.kind == "ready":
        return title + _("ready")
    if state.kind == "offline":
        return title + _("offline")
    missing = sum(w.download_mb for w in entry.weights if not weights.is_ready(w))
    return title + _("download {size:.0f} MB").format(size=missing)


def model_picker(task: Application, *, key: str = "model") -> str | None:
    """Draw the menu; the id of the chosen model once it is ready, else None (the page then waits).

    A task with a router also offers "automatic", which returns an empty string.
    """
    entries = {entry.id: entry for entry in catalog.entries(task.name)}
    if not entries:
        st.info(_("There is no model yet: fine-tune one, or import one on the Models page."))
        return None
    states = weights.states(entries.values())
    routes = task.predicting().routes
    choices = ([AUTOMATIC] if routes else []) + list(entries)
    default = AUTOMATIC if routes else _first(task, entries)
    chosen = address.menu(
        _("Model"),
        choices,
        key=key,
        default=default,
        remembered=session.models.get(f"{key} {task.name}"),
        title=lambda c: _title(c, entries, states),
    )
    session.models[f"{key} {task.name}"] = chosen
    if chosen == AUTOMATIC:
        return _automatic(entries, states, key)
    describe(entries[chosen])
    if states[chosen].kind == "ready":
        return chosen
    fetching.offer(entries[chosen].weights, states[chosen], key=key)
    return None


def _first(task: Application, entries: dict[str, ModelEntry]) -> str:
    """The best model that is ready, else the first starter (it can be fetched wherever pip works), else the
    first there is."""
    starters = [e for e in entries.values() if e.starter and not e.niche]
    return [*tasks.candidates(task.name), *starters, *entries.values()][0].id


def _title(choice: str, entries: dict[str, ModelEntry], states: dict[str, State]) -> str:
    if choice == AUTOMATIC:
        return _("Automatic (best ready)")
    return label(entries[choice], states[choice])


def _automatic(entries: dict[str, ModelEntry], states: dict[str, State], key: str) -> str | None:
    ready = [entry for entry in entries.values() if states[entry.id].kind == "ready"]
    if ready:
        titles = _(", ").join(text.plain(_(entry.title)) for entry in ready)
        st.caption(_("Ready: {titles}").format(titles=titles))
        for licence in dict.fromkeys(lic for entry in ready for lic in entry.licences):
            notice(licence)
        return ""
    offered = [e for e in entries.values() if e.starter] or list(entries.values())[:1]
    wanted = tuple({w.name: w for entry in offered for w in entry.weights}.values())
    fetching.offer(wanted, states[offered[0].id], key=key)
    return None


def describe(entry: ModelEntry) -> None:
    """Family, scores, licence, languages and paper of a model, in small print. Words that came with an
    imported model are shown as they are: they must not become links or images."""
    safe = text.plain if entry.finetuned else str
    facts = [safe(entry.family), f"{entry.size_mb:.0f} MB"]
    if entry.published:
        facts.append(
            _("published: {score} ({where})").format(
                score=_score(entry.published), where=_(entry.published.where)
            )
        )
    if entry.measured:
        facts.append(
            _("measured here: {score} ({where})").format(
                score=safe(_score(entry.measured)), where=_(entry.measured.where)
            )
        )
    if not entry.published and not entry.measured:
        facts.append(_("score: not stated"))
    facts += [link(licence) for licence in entry.licences]
    if entry.paper:
        facts.append(text.link(_("paper"), entry.paper))
    st.caption(" · ".join(facts))
    if entry.about:
        st.caption(safe(_(entry.about)))
    for licence in entry.licences:
        notice(licence)
    if entry.finetuned:
        _card(entry)


def _card(entry: ModelEntry) -> None:
    """How a model of one's own was made: data, base, settings, figures."""
    try:
        known = finetuned.card(entry)
    except finetuned.DAMAGED as error:
        errors.show(finetuned.fault(error))
        return
    with st.popover(_("How it was made"), icon="🪪"):
        facts = {
            _("Data"): f"{known.data or '–'} · {(known.sha256 or '')[:12]}",
            _("Base model"): known.base or _("from scratch"),
            _("Date"): known.created[:10],
            _("Epoch kept"): str(known.epoch),
        }
        facts |= {
            figures.metric_title(name): figures.figure(name, value)
            for name, value in known.metrics.items()
        }
        import pandas as pd  # late: it takes a quarter of a second to import

        st.dataframe(pd.Series(facts, name=_("value")), width="stretch")
        st.json(aliases.options(known.options), expanded=False)


def _score(score: Score) -> str:
    if aliases.metric(score.metric).unit == "fraction":
        return f"{figures.figure(score.metric, score.value)} {figures.title(score.metric)}"
    return f"{score.value:g} {_(score.metric)}"


def link(licence: Licence) -> str:
    return text.link(_(licence.name), licence.url)


def notice(licence: Licence) -> None:
    """What a licence asks to be told wherever the model is used."""
    if licence.notice:
        words = _("{licence}: {notice}").format(licence=link(licence), notice=_(licence.notice))
        st.caption(f"⚖️ {words}")
