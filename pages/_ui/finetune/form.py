"""The form of a fine-tuning, drawn from a task's `TrainOptions`; its state is the page's address.

Values that differ from their defaults are parameters `ft.<option>`. A sample set brings defaults of
its own. To fill the form from elsewhere (a clone, a remedy) is to open an address: `filled`.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, get_args, get_origin

import streamlit as st
from pydantic.fields import FieldInfo

from core import tasks
from core.data import splits
from core.data.datasets import DataSet, SampleSet
from core.jobs.request import Request
from core.models import catalog, weights
from core.models.catalog import ModelEntry
from core.models.weights import State
from core.tasks.application import Application
from core.training import aliases
from pages._ui.kit import address, errors, options
from pages._ui.kit.i18n import _
from pages._ui.kit.state import session
from pages._ui.models import fetching, picker

PREFIX = "ft."


def base_picker(task: Application, sample: SampleSet | None) -> ModelEntry | None:
    """The menu of models to start from, with an offer to fetch one that is not here; None where every run starts
    from scratch."""
    bases = {entry.id: entry for entry in task.trained().bases()}
    default = tasks.default_base(task, sample)
    if default is None:
        return None
    states = weights.states(bases.values())
    chosen = address.menu(
        _("Base model"),
        list(bases),
        key="base",
        default=default.id,
        title=lambda name: _title(task, bases[name], states[name]),
        always=True,
    )
    entry = bases[chosen]
    if states[chosen].kind != "ready":
        if scratch(task, entry):
            st.caption(
                _(
                    "Its weights are not on this computer: it starts from random ones (from scratch)."
                )
            )
        with st.expander(_("Fetch the pretrained weights")):
            fetching.offer(entry.weights, states[chosen], key="base")
    return entry


def _title(task: Application, entry: ModelEntry, state: State) -> str:
    if state.kind != "ready" and scratch(task, entry):
        return f"🎲 {_(entry.title)} · " + _("from scratch")
    return picker.label(entry, state)


def scratch(task: Application, entry: ModelEntry) -> bool:
    """Whether the task can start this model from random weights."""
    return "pretrained" in task.trained().options.model_fields


def ask(
    task: Application, sample: SampleSet | None, data: DataSet | None = None
) -> dict[str, object]:
    """Draw the controls; every option with its value. Basic ones first, changed ones always. What the data's own
    division settles is not asked."""
    usual = tasks.defaults(task, sample)
    _renew(f"{task.name} {sample.name if sample else ''}")
    _rename()
    fields = task.trained().options.model_fields
    values = {name: _current(task, name, usual[name]) for name in fields}
    views = {"basic": _("Basic"), "full": _("Full")}
    with st.container(horizontal=True, vertical_alignment="center"):
        view = address.menu(
            _("Options"),
            list(views),
            key="ft.view",
            default="basic",
            title=views.__getitem__,
            widget=st.segmented_control,
            required=True,
            label_visibility="collapsed",
        )
        changed = sum(values[name] != usual[name] for name in fields)
        st.button(
            _("Reset ({count} changed)").format(count=changed),
            on_click=reset,
            args=(task,),
            disabled=not changed,
            icon="↩️",
        )
    settled = _division(data)
    for name, field in fields.items():
        if name in settled:
            values[name] = usual[name]
            address.write(PREFIX + name, [])
        elif view == "full" or options.extra(field, "basic", False) or values[name] != usual[name]:
            values[name] = _control(name, field, values[name], usual[name])
            address.write(PREFIX + name, [] if values[name] == usual[name] else [str(values[name])])
    return values


def _division(data: DataSet | None) -> tuple[str, ...]:
    """Say that the data is divided already; the options that this settles."""
    given = splits.division_of(data) if data else None
    if given is None:
        return ()
    st.caption("✂️ " + _(splits.DIVIDED).format(**given.as_json()))
    return given.settled


def _control(name: str, field: FieldInfo, value: object, usual: object) -> Any:
    """One widget; its label carries a mark while the value is not the default."""
    key = _key(name)
    # what the widget began with: it must not be given another start while it is moved
    if key not in st.session_state:
        session.first_values[key] = value
    first = session.first_values[key]
    label = _(field.title or name)
    if value != usual:
        label = f"● {label}"
    common: dict[str, object] = {"key": key, "help": _(field.description or "")}
    if field.annotation is bool:
        return st.toggle(label, value=first, **common)
    if get_origin(field.annotation) is None and field.annotation in (int, float):
        return options.number(label, field, first, **common)
    if choices := get_args(field.annotation):
        titles = options.extra(field, "titles", {})
        titles = {choice: _(titles.get(choice, str(choice))) for choice in choices}
        index = choices.index(first)
        return st.selectbox(label, choices, index, format_func=titles.__getitem__, **common)
    return st.text_input(label, value=first, **common)


def _key(name: str) -> str:
    return f"{PREFIX}{name} {session.form}"


def _current(task: Application, name: str, usual: object) -> Any:
    """What the option's widget was moved to just now, else its value in the address if it is allowed."""
    if _key(name) in st.session_state:
        return st.session_state[_key(name)]
    given = st.query_params.get(PREFIX + name)
    if given is None:
        return usual
    try:
        return getattr(task.trained().options(**{name: given}), name)
    except ValueError:
        return usual


def _rename() -> None:
    """Give options that an old link names their names of today."""
    for old, new in aliases.OPTIONS.items():
        if (given := st.query_params.pop(PREFIX + old, None)) is not None:
            address.write(PREFIX + new, [st.query_params.get(PREFIX + new, given)])


def _renew(source: str) -> None:
    """Other defaults, other widgets: what was changed by hand stays, it is in the address."""
    if session.form_source not in ("", source):
        session.form += 1
    session.form_source = source


def reset(task: Application) -> None:
    for name in task.trained().options.model_fields:
        address.write(PREFIX + name, [])
    session.form += 1


def filled(task: Application, request: Request, changes: Mapping[str, object]) -> dict[str, str]:
    """The address's parameters of a form with a job's settings and some of them changed."""
    usual = tasks.defaults_with(task, request.data)
    values = {**request.options, **changes}
    settings = {PREFIX + k: str(v) for k, v in values.items() if k in usual and v != usual[k]}
    base = {"base": request.base} if request.base else {}
    data = {"data": request.data} if request.data else {}
    return {"part": "tune", **data, **base, **settings}


def fill(task: Application, request: Request, changes: Mapping[str, object]) -> None:
    """Open the form of `task` with these settings."""
    parameters = filled(task, request, changes)
    for key in ("part", "data", "base"):
        if key in parameters:
            address.put(key, parameters[key])
    session.form += 1
    st.switch_page(address.page_of(task.name), query_params=parameters)


def parsed(task: Application, values: Mapping[str, object]) -> Any:
    """The validated options, or None when they contradict each other (which is then shown)."""
    from core.serving.options import parse

    with errors.guard():
        return parse(task.trained().options, dict(values))


def base_title(base: str | None) -> str:
    """A model's title; its id once it is gone."""
    known = {entry.id: entry for entry in catalog.entries()}
    entry = known.get(base or "") or catalog.registered(base or "")
    return _(entry.title) if entry else base or "–"
