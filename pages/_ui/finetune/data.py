"""The data of a fine-tuning: a stored set, a sample, or what the visitor gives, checked before it is stored."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from pathlib import PurePath
from typing import Any

import streamlit as st

from core import tasks
from core.data import datasets
from core.data.datasets import DataSet, SampleSet
from core.data.drafts import Draft
from core.errors import N_
from core.progress import Progress
from core.tasks.application import Application
from core.workers import reading as reader
from pages._ui.finetune import reading, samples
from pages._ui.kit import address, background, damaged, errors, text
from pages._ui.kit.i18n import _
from pages._ui.kit.state import session

SAMPLE, UPLOAD, BOXES = "sample:", "upload", "classes"
READING = "what is read"


def choose(task: Application) -> tuple[DataSet | None, SampleSet | None]:
    """The menu of data and what belongs to the choice; the stored data set once there is one, and the
    sample it is made from."""
    damaged.show(
        _("Damaged data sets: {count}"),
        datasets.damaged(task.name),
        datasets.delete,  # type: ignore[arg-type]
    )
    stored = {one.id: one for one in datasets.entries(task.name)}
    here = {one.sample for one in stored.values()}
    there = task.stored().samples
    offered = {SAMPLE + one.name: one for one in there if one.name not in here}
    titles = {i: f"📚 {title(one)} · {_size(one)}" for i, one in stored.items()}
    titles |= {code: "🎁 " + _(sample.title) for code, sample in offered.items()}
    titles[UPLOAD] = "📁 " + _("Upload a file")
    if task.stored().by_class:
        titles[BOXES] = "🗂️ " + _("Images class by class")
    chosen = address.menu(
        _("Data"),
        list(titles),
        key="data",
        default=next(iter(titles)),
        title=titles.__getitem__,
        always=True,
        label_visibility="collapsed",
    )
    if chosen in stored:
        show(stored[chosen])
        return stored[chosen], tasks.sample_of(stored[chosen])
    if chosen in offered:
        fetch(task, offered[chosen])
        return None, offered[chosen]
    draft = uploaded(task) if chosen == UPLOAD else boxes(task)
    if draft:
        review(task, *draft)
    return None, None


def title(one: DataSet) -> str:
    """As the visitor called it; a sample's title until it is renamed."""
    sample = tasks.sample_of(one)
    return _(sample.title) if sample and one.name == sample.name else one.name


def _size(one: DataSet) -> str:
    return _("{count} samples").format(count=one.manifest.items)


def show(one: DataSet) -> None:
    """What is in a stored data set; rename and delete."""
    counts = one.manifest.labels
    samples.counts(counts, one.manifest.items)
    left_out = sum(one.manifest.left_out.values())
    facts = [_size(one)]
    if left_out:
        facts.append(_("{count} left out as bad").format(count=left_out))
    facts.append(_("stored {date}").format(date=text.plain(one.manifest.created[:10])))
    facts.append(text.code(one.sha256[:12]))
    if one.manifest.licence:
        facts.append("⚖️ " + text.plain(_(one.manifest.licence)))
    st.caption(" · ".join(facts))
    with errors.guard():  # a damaged line of it must not take away the button that deletes it
        samples.preview(one)
    with st.container(horizontal=True):
        with st.popover(_("Rename"), icon="✏️"):
            name = st.text_input(_("Name"), one.name, key=f"rename {one.id}", max_chars=80)
            if st.button(_("Rename now"), key=f"rename now {one.id}") and name.strip():
                datasets.rename(one, name.strip())
                st.rerun()
        with st.popover(_("Delete"), icon="🗑️"):
            st.write(
                _(
                    "This deletes the data set {name} from this computer. Models made from it stay."
                ).format(name=text.plain(one.name))
            )
            if st.button(_("Delete now"), key=f"delete {one.id}", type="primary"):
                with errors.guard():
                    datasets.delete(one)
                    address.put("data", "")
                    st.rerun()


def fetch(task: Application, sample: SampleSet) -> None:
    """What a sample is, its licence, and the click that brings it here."""
    with st.container(border=True):
        st.markdown(f"**{_(sample.title)}**  \n{_(sample.about)}")
        for files in sample.files:
            terms = text.link(_(files.licence.name), files.licence.url)
            notice = f"  \n{_(files.licence.notice)}" if files.licence.notice else ""
            st.caption(f"⚖️ {terms} · {files.download_mb:.0f} MB{notice}")
        asked = f"asked {task.name} {sample.name}"
        name = f"sample {task.name}"
        if st.button(_("Use this sample"), type="primary", key=f"use {sample.name}"):
            session.asked.add(asked)
        if asked not in session.asked:
            return
        data = background.run(
            name,
            sample.name,
            lambda progress: tasks.sample(task.name, sample.name, progress),
            limited=False,
        )
        if data:
            session.asked.discard(asked)
            background.drop(name)
            address.put("data", data.id)
            st.rerun()


def uploaded(task: Application) -> tuple[Draft, str] | None:
    """An uploaded file as a draft, with its name; read in the background."""
    known = task.stored()
    st.caption(_(known.formats))
    given: Any = st.file_uploader(
        _("File with training data"),
        type=[suffix[1:] for suffix in known.suffixes],
        key=f"training data {task.name}",
        accept_multiple_files=known.aligned,
    )
    uploads = given if known.aligned else [given] if given else []
    if not uploads:
        return None
    if known.consent and not st.checkbox(_(known.consent), key="agreed"):
        st.info(_("The files are read once you have confirmed this."))
        return None
    if len(uploads) > 2:
        st.info(_("Give one file, or two text files with the same sentences line by line."))
        return None
    chosen = reading.chosen()
    draft = _read(
        f"{' '.join(one.file_id for one in uploads)} {sorted(chosen.items())}",
        partial(reader.draft, task.name, [(one.name, one.getbuffer()) for one in uploads], chosen),
    )
    return (draft, PurePath(uploads[0].name).stem) if draft else None


def boxes(task: Application) -> tuple[Draft, str] | None:
    """A box with a name and an uploader for each class, as many as wanted."""
    count = session.class_boxes
    given: dict[str, list[tuple[str, Any]]] = {}
    for start in range(0, count, 2):
        for i, place in zip(range(start, min(start + 2, count)), st.columns(2), strict=False):
            with place.container(border=True):
                usual = _("class {number}").format(number=i + 1)
                name = st.text_input(_("Name of the class"), usual, key=f"class name {i}")
                files = st.file_uploader(
                    _("Images of this class"),
                    type=[suffix[1:] for suffix in task.input.suffixes],
                    accept_multiple_files=True,
                    key=f"class files {i}",
                )
                given.setdefault(name.strip(), []).extend((f.name, f) for f in files)
    with st.container(horizontal=True):
        if st.button(_("Another class"), icon="➕"):
            session.class_boxes += 1
            st.rerun()
        if count > 2 and st.button(_("One less"), icon="➖"):
            session.class_boxes -= 1
            st.rerun()
    filled = {name: files for name, files in given.items() if name and files}
    if len(filled) < 2:
        st.info(_("Give at least two classes a name and some images."))
        return None
    key = repr([(name, [f.file_id for _n, f in files]) for name, files in filled.items()])
    loaded = {name: [(n, f.getbuffer()) for n, f in files] for name, files in filled.items()}
    draft = _read(key, partial(reader.classes, task.name, loaded))
    return (draft, " ".join(filled)[:60]) if draft else None


def _read(fingerprint: str, read: Callable[..., Draft]) -> Draft | None:
    """What `read` finds in a worker, for as long as the visitor looks at this page."""
    owner = background.visitor()

    def reading(progress: Progress) -> Draft:
        progress.step(0, None, N_("Reading and checking"))
        return read(owner=owner, progress=progress)

    return background.run(READING, fingerprint, reading, limited=False, stays=False)


def review(task: Application, draft: Draft, name: str) -> None:
    """What was found in the data, what is wrong with it, and the click that stores it."""
    samples.counts(samples.labels(draft.kept(drop=False)), len(draft.kept(drop=False)))
    samples.preview_draft(task, draft)
    reading.show(draft)
    bad = len(draft.kept(drop=False)) - len(draft.kept(drop=True))
    drop = True
    if bad:
        drop = st.toggle(
            _("Leave out the {count} samples that have a problem").format(count=bad), value=True
        )
    left, right = st.columns([2, 1], vertical_alignment="bottom")
    called = left.text_input(_("Name of the data set"), name, max_chars=80, key=f"name of {name}")
    kept = len(draft.kept(drop=drop))
    if right.button(
        _("Store {count} samples").format(count=kept),
        type="primary",
        disabled=not kept,
        width="stretch",
    ):
        with errors.guard():
            stored = datasets.add(task.name, called.strip() or name, draft, drop=drop)
            background.drop(READING)
            address.put("data", stored.id)
            st.rerun()
