"""Fine-tuned models as zip files that others can use without this project, and such files read in.

A zip holds the weights (safetensors), `model.json` (labels, preprocessing), `card.json` (data, settings,
metrics, licence), `use.py` (a short script that loads it with the usual libraries alone), for image models
`pixels.py` (how the portal prepares images) and `model.onnx` (labels and preprocessing in its metadata), and for a model that needs its base's files a note where those come from.
"""

from __future__ import annotations

import hashlib
import json
import zipfile
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import IO

from pydantic import ValidationError

from core import tasks
from core.errors import (
    N_,
    ArchiveError,
    DiskFullError,
    IntegrityError,
    NotReadyError,
    PortalError,
)
from core.files import replacing, slug
from core.inputs import archives
from core.inputs.reading import Reading
from core.models import catalog, finetuned, weights
from core.models.catalog import ModelEntry
from core.models.finetuned import Card
from core.models.untrusted import files
from core.rules import broken
from core.tasks import registry, trial

NAMING = (files.CARD, files.DESCRIPTION)
"""What says which model an archive holds."""
SCRIPT, NETWORK, BASE = "use.py", "model.onnx", "BASE.txt"
TOLERANCE = 1e-3
OPSET = 18


def archive(entry: ModelEntry, target: Path) -> Path:
    """Write the model as a zip file to `target`.

    Raises:
        NotReadyError: its files are gone.
    """
    folder = weights.require(entry)[-1]
    temporary = target.with_suffix(".new")
    with zipfile.ZipFile(temporary, "w", zipfile.ZIP_DEFLATED) as out:
        for path in sorted(folder.iterdir()):
            if path.is_file() and files.is_known(path.name):
                out.write(path, path.name)
        training = tasks.find(entry.task).trained()
        out.write(training.standalone, SCRIPT)
        for path in training.imported:
            out.write(path, path.name)
        out.writestr("LICENCE.txt", _licence(entry))
        if len(entry.weights) > 1:
            out.writestr(BASE, _base(entry))
        network = temporary.with_suffix(".onnx")
        if onnx(entry, network):
            out.write(network, NETWORK)
            network.unlink()
    return temporary.replace(target)


def onnx(entry: ModelEntry, target: Path) -> Path | None:
    """Write the network as ONNX and compare it with torch on the application's example input; None where
    the application exports none.

    By torch's older exporter: it takes a second where the newer one takes half a minute.

    Raises:
        IntegrityError: the two differ by more than `TOLERANCE`.
    """
    import onnxruntime
    import torch

    training = tasks.find(entry.task).trained()
    known = training.example(entry)
    if known is None:
        return None
    network, example = known
    torch.onnx.export(
        network,
        (example,),
        str(target),
        input_names=["pictures"],
        output_names=["output"],
        dynamic_axes={"pictures": {0: "batch"}, "output": {0: "batch"}},
        opset_version=OPSET,
        dynamo=False,
    )
    session = onnxruntime.InferenceSession(str(target), providers=["CPUExecutionProvider"])
    (found,) = session.run(None, {"pictures": example.numpy()})
    with torch.inference_mode():
        apart = (torch.from_numpy(found) - network(example)).abs().max().item()
    if apart > TOLERANCE:
        raise IntegrityError(
            N_("The ONNX network of {id} answers differently from torch ({apart:g}); not written."),
            id=entry.id,
            apart=apart,
        )
    _describe(target, training.described(entry))
    return target


def _describe(network: Path, facts: Mapping[str, object]) -> None:
    """Write what the network says of itself into its metadata, each value as JSON."""
    import onnx

    model = onnx.load(str(network))
    onnx.helper.set_model_props(
        model, {name: json.dumps(value, ensure_ascii=False) for name, value in facts.items()}
    )
    onnx.save(model, str(network))


def read_in(source: Path | IO[bytes], name: str, reading: Reading | None = None) -> ModelEntry:
    """Add a model from a zip that `archive` wrote, here or elsewhere. It is checked, loaded and asked once in a bounded
    process (`core.tasks.trial`) before it is in the catalogue; one that needs files of a base that is not on this
    computer is checked by its own files. `reading` takes what was left out.

    Raises:
        ArchiveError: it is no such zip, cannot be used, or another version of the model is here;
        nothing is kept.
    """
    with archives.opened(source, name) as opened:
        members = _members(opened, reading or Reading())
        card = _card({n: opened.read(members[n]) for n in members if n in NAMING}, name)
        model_id = f"{slug(card.title)}-{slug(card.job)[:8]}"
        target = finetuned.folder(model_id)
        if any(one.id == model_id for one in registry.finetuned_entries()):
            return _known(model_id, members, opened)
        with replacing(target) as new:
            for file, member in members.items():
                (new / file).write_bytes(opened.read(member))
            finetuned.write_card(new, card.model_copy(update={"id": model_id}))
            finetuned.seal(new.name)
            _try(card.task, new, name)
    return catalog.find(model_id)


def _members(opened: archives.Archive, reading: Reading) -> dict[str, str]:
    """The files that are part of a model: name in the model, name in the archive.

    Raises:
        ArchiveError: one is larger than its kind may be.
    """
    top = _top(opened.names)
    inside = {n.removeprefix(top): n for n in opened.names if n.startswith(top)}
    members = {n: member for n, member in inside.items() if files.is_known(n)}
    for short, member in members.items():
        files.check_size(short, opened.size(member))
    expected = {top + one for one in files.EXPECTED}
    if others := [n for n in opened.names if n not in members.values() and n not in expected]:
        reading.trouble(
            "left out",
            N_("{count} files of {name} are no part of a model and were not taken: {files}."),
            count=len(others),
            name=opened.name,
            files=", ".join(one[:100] for one in others[:5]) + (" …" if len(others) > 5 else ""),
        )
    return members


def _try(application: str, folder: Path, name: str) -> None:
    """Refuse what cannot be used.

    Raises:
        ArchiveError: it cannot; says why. NotReadyError, DiskFullError.
    """
    try:
        finetuned.read(folder, registry.config)
        trial.bounded(application, folder)
    except ValidationError as error:
        first = error.errors()[0]
        raise ArchiveError(
            N_("{name} describes a network that cannot be built: {field}: {rule}."),
            name=name,
            field=".".join(map(str, first["loc"])),
            rule=broken(first),
        ) from error
    except (NotReadyError, DiskFullError):
        raise
    except PortalError as error:
        raise ArchiveError(
            N_("{name} does not hold a model that can be used here: {why}"), name=name, why=error
        ) from error


def _top(names: Sequence[str]) -> str:
    """The folder around the model, with its `/`, where the archive was unpacked and packed again; else "".

    A folder that holds the model's card is it; others beside it (a viewer's, a note) do not matter.
    """
    cards = [name for name in names if name.rpartition("/")[2] == files.CARD]
    return cards[0].removesuffix(files.CARD) if len(cards) == 1 else ""


def _known(model_id: str, members: Mapping[str, str], opened: archives.Archive) -> ModelEntry:
    """The model that is here already, if it is the very one of the archive."""
    entry = catalog.find(model_id)
    here = weights.files(entry.weights[-1])
    for file, member in members.items():
        if not file.endswith(".safetensors"):
            continue
        digest = hashlib.sha256(opened.read(member)).hexdigest()
        if file not in here or here[file].sha256 != digest:
            raise ArchiveError(
                N_("Another version of {id} is on this computer. Remove that one first."),
                id=model_id,
            )
    return entry


def _card(content: dict[str, bytes], name: str) -> Card:
    """The card of somebody's model.

    Raises:
        ArchiveError: it or the description is missing or damaged, or of an application that is not here.
    """
    try:
        finetuned.parse_description(content[files.DESCRIPTION])
        card = finetuned.parse_card(content[files.CARD])
        if card.task not in tasks.names():
            raise ValueError(f"unknown application {card.task}")
        return card
    except (KeyError, ValueError, PortalError) as error:
        raise ArchiveError(
            N_(
                "{name} is not a model exported from this portal: card.json or model.json is missing or wrong."
            ),
            name=name,
        ) from error


def _licence(entry: ModelEntry) -> str:
    return "\n\n".join(f"{one.name}\n{one.url}\n{one.notice}" for one in entry.licences)


def _base(entry: ModelEntry) -> str:
    lines = [f"{w.name}: {w.licence.name} {w.licence.url}" for w in entry.weights[:-1]]
    return (
        "This model needs the files of its base beside it:\n"
        + "\n".join(lines)
        + f"\n\nHow to use it: python {SCRIPT} FOLDER_OF_THE_BASE …\n"
    )
