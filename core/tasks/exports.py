"""Fine-tuned models as zip files that others can use without this project, and such files read in.

A zip holds the weights (safetensors), `model.json` (labels, preprocessing), `card.json` (data, settings,
metrics, licence), `use.py` (a short script that loads it with the usual libraries alone), for image models
`pixels.py` (how the portal prepares images) and `model.onnx` (labels and preprocessing in its metadata), and for a model that needs its base's files a note where those come from.
"""

from __future__ import annotations

import hashlib
import json
import shutil
import zipfile
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import IO

from pydantic import ValidationError

from core import tasks
from core.device import Device
from core.errors import N_, ArchiveError, IntegrityError, PortalError
from core.files import replacing, slug
from core.inputs import archives
from core.models import catalog, finetuned, weights
from core.models.catalog import ModelEntry
from core.models.finetuned import Card
from core.rules import broken
from core.tasks import registry

SUFFIXES = (".safetensors", ".json", ".txt", ".spm", ".model")
"""What is read from somebody's zip: no code, no pickles. The last two are sentencepiece's."""
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
            if path.is_file() and path.suffix in SUFFIXES and path.name != weights.MANIFEST:
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


def read_in(source: Path | IO[bytes], name: str) -> ModelEntry:
    """Add a model from a zip that `archive` wrote, here or elsewhere. It is loaded once to be sure; one
    that needs files of a base that is not on this computer is checked by its description alone.

    Raises:
        ArchiveError: it is no such zip, does not load, or another version of the model is here;
        nothing is kept.
    """
    with archives.opened(source, name) as opened:
        top = _top(opened.names)
        here = {n.removeprefix(top): n for n in opened.names if n.startswith(top)}
        files = {
            name: opened.read(member)
            for name, member in here.items()
            if "/" not in name and name.endswith(SUFFIXES)
        }
    card = _card(files, name)
    application = tasks.find(card.task)
    model_id = f"{slug(card.title)}-{slug(card.job)[:8]}"
    target = finetuned.folder(model_id)
    if target.exists():
        return _known(model_id, files)
    try:
        with replacing(target) as new:
            for file, content in files.items():
                (new / file).write_bytes(content)
            finetuned.write_card(new, card.model_copy(update={"id": model_id}))
        finetuned.read(
            target, registry.config
        )  # says what is wrong, where the catalogue would leave it out
        entry = finetuned.seal(model_id)
        application.trained().admit(entry)
        if application.prediction and tasks.is_ready(entry):
            registry.load(entry, Device("cpu", ""))
    except Exception as error:  # whatever a hostile file makes the libraries raise
        shutil.rmtree(target, ignore_errors=True)
        if isinstance(error, PortalError):
            raise
        if isinstance(error, ValidationError):
            first = error.errors()[0]
            raise ArchiveError(
                N_("{name} describes a network that cannot be built: {field}: {rule}."),
                name=name,
                field=".".join(map(str, first["loc"])),
                rule=broken(first),
            ) from error
        raise ArchiveError(
            N_("{name} does not hold a model that can be loaded here ({why})."),
            name=name,
            why=error,
        ) from error
    return entry


def _top(names: Sequence[str]) -> str:
    """The folder around the model, with its `/`, where the archive was unpacked and packed again; else "".

    A folder that holds the model's card is it; others beside it (a viewer's, a note) do not matter.
    """
    cards = [name for name in names if name.rpartition("/")[2] == finetuned.CARD]
    return cards[0].removesuffix(finetuned.CARD) if len(cards) == 1 else ""


def _known(model_id: str, files: dict[str, bytes]) -> ModelEntry:
    """The model that is here already, if it is the very one of the archive."""
    entry = catalog.find(model_id)
    here = weights.files(entry.weights[-1])
    for file, content in files.items():
        same = file in here and here[file].sha256 == hashlib.sha256(content).hexdigest()
        if file.endswith(".safetensors") and not same:
            raise ArchiveError(
                N_("Another version of {id} is on this computer. Remove that one first."),
                id=model_id,
            )
    return entry


def _card(files: dict[str, bytes], name: str) -> Card:
    """The card of somebody's model.

    Raises:
        ArchiveError: it or the description is missing or damaged, or of an application that is not here.
    """
    try:
        finetuned.read_description(files[finetuned.DESCRIPTION])
        card = finetuned.read_card(files[finetuned.CARD])
        if card.task not in tasks.names():
            raise ValueError(f"unknown application {card.task}")
        return card
    except (KeyError, ValueError) as error:
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
