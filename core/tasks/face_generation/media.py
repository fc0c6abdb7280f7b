"""Faces as files: PNG, strip, animated GIF and ZIP, all marked as made by a model.

The mark is IPTC's digital source type "trainedAlgorithmicMedia" in the image's XMP, which photo
programs and platforms read, beside plain text fields that people read. GIF has room for a comment.
"""

from __future__ import annotations

import zipfile
from collections.abc import Mapping, Sequence
from io import BytesIO
from typing import TYPE_CHECKING

from PIL import Image
from PIL.PngImagePlugin import PngInfo

if TYPE_CHECKING:
    import torch

SOFTWARE = "Deep-learning portal"
STATEMENT = "AI-generated: this person does not exist"
SOURCE_TYPE = "http://cv.iptc.org/newscodes/digitalsourcetype/trainedAlgorithmicMedia"
XMP = f"""<?xpacket begin="\ufeff" id="W5M0MpCehiHzreSzNTczkc9d"?>
<x:xmpmeta xmlns:x="adobe:ns:meta/">
 <rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#">
  <rdf:Description rdf:about=""
    xmlns:xmp="http://ns.adobe.com/xap/1.0/"
    xmlns:Iptc4xmpExt="http://iptc.org/std/Iptc4xmpExt/2008-02-29/"
    xmp:CreatorTool="{SOFTWARE}"
    Iptc4xmpExt:DigitalSourceType="{SOURCE_TYPE}"/>
 </rdf:RDF>
</x:xmpmeta>
<?xpacket end="w"?>"""
GIF_SIDE = 256
FRAME_MS = 90


def images(pixels: torch.Tensor) -> list[Image.Image]:
    """RGB images from a tensor (N, 3, H, W) with values in [-1, 1]."""
    import torch

    levels = ((pixels.float() + 1) * 127.5).round_().clamp_(0, 255).to(torch.uint8)
    return [Image.fromarray(face) for face in levels.permute(0, 2, 3, 1).cpu().numpy()]


def png(image: Image.Image, model: str, origin: str) -> bytes:
    """A marked PNG; `origin` says from which seed (or seeds) the face came."""
    info = PngInfo()
    for key, text in {
        "Software": SOFTWARE,
        "Comment": STATEMENT,
        "Model": model,
        "Seed": origin,
    }.items():
        info.add_text(key, text)
    info.add_itxt("XML:com.adobe.xmp", XMP)
    return _saved(image, "PNG", pnginfo=info)


def strip(faces: Sequence[bytes], model: str, origin: str) -> bytes:
    """The PNGs `faces`, all of one size, side by side in one marked PNG."""
    opened = [Image.open(BytesIO(face)) for face in faces]
    width, height = opened[0].size
    whole = Image.new("RGB", (width * len(opened), height))
    for i, image in enumerate(opened):
        whole.paste(image, (i * width, 0))
    return png(whole, model, origin)


def gif(faces: Sequence[bytes], model: str, origin: str, *, back: bool = False) -> bytes:
    """The PNGs `faces` as an endless animation with a comment; `back` runs it there and back."""
    frames = [Image.open(BytesIO(face)).convert("RGB") for face in faces]
    side = max(GIF_SIDE, frames[0].width)
    frames = [frame.resize((side, side), Image.Resampling.BICUBIC) for frame in frames]
    if back:
        frames += frames[-2:0:-1]
    return _saved(
        frames[0],
        "GIF",
        save_all=True,
        append_images=frames[1:],
        duration=FRAME_MS,
        loop=0,
        comment=f"{STATEMENT}. {SOFTWARE}, model {model}, seed {origin}. {SOURCE_TYPE}".encode(),
    )


def archive(files: Mapping[str, bytes]) -> bytes:
    """A ZIP with the given files; PNGs are packed already, so they are only stored."""
    out = BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_STORED) as bundle:
        for name, data in files.items():
            bundle.writestr(name, data)
    return out.getvalue()


def _saved(image: Image.Image, kind: str, **settings: object) -> bytes:
    out = BytesIO()
    image.save(out, kind, **settings)
    return out.getvalue()
