"""What an application is: one object that says all that home, pages, command line, jobs and benchmarks have to know.

    core/tasks/<name>/application.py     defines APPLICATION, an `Application`
    pages/<name>.py                      its page

That is all it takes; `core.tasks.registry` finds it. One that lives outside this repository is a package with the same
module `application`, named in `PORTAL_APPLICATIONS`, and says where its page is (`page`). Prediction, data and training
are each optional: an application may only answer, or only train, or train without a data set. Where there is nothing to
ask, the page stands above the form for training. Listing applications imports no
deep-learning library: what needs one imports it inside its method.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from argparse import Namespace
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import IO, TYPE_CHECKING, Any, Generic, Protocol, TypeVar

from core import inputs
from core.data.datasets import DataSet, SampleSet
from core.data.drafts import Draft, Row
from core.device import Device
from core.errors import N_, DataSetError, UsageError
from core.inputs.tables import Table
from core.models.catalog import FamilyConfig, ModelEntry
from core.serving.options import Options, parse
from core.serving.predictor import Predictor, Result
from core.tasks.class_names import ClassNames
from core.tasks.input_kinds import InputKind
from core.training.options import TrainOptions

if TYPE_CHECKING:
    import torch
    from PIL import Image
    from torch import nn

    from core.training.benchmark import Case
    from core.training.run import Outcome, Run
    from core.training.trainee import Trainee

I = TypeVar("I")  # noqa: E741 (what a prediction is given)
O = TypeVar("O", bound=Options)  # noqa: E741 (its options)
R = TypeVar("R", bound=Result)
T = TypeVar("T", bound=TrainOptions)

AT_ONCE = 32
"""Inputs that the command line reads, answers and prints together, with the time limit to themselves: a
folder of thousands of images is never in memory at once."""


class Recipe(Protocol):
    """The same prediction with the libraries alone: a module that pages show, tests run and the benchmark
    compares with. `MODEL` is the entry whose weights folders `build` gets."""

    MODEL: str

    def build(self, folders: Sequence[Path], /) -> Callable[[Sequence[object]], object]: ...


@dataclass(frozen=True)
class Words:
    """A line of a thumbnail: plain text with one part in bold."""

    before: str = ""
    strong: str = ""
    after: str = ""


@dataclass(frozen=True)
class Thumbnail:
    """What home shows of an answered example: image files in one format ("JPEG" or "PNG"), then lines."""

    images: tuple[bytes, ...] = ()
    format: str = "JPEG"
    words: tuple[Words, ...] = ()


@dataclass(frozen=True)
class Explanation:
    """How the application's models work, for the fold-out at the end of its page: translatable Markdown, the
    steps of a prediction in order, and a formula in LaTeX."""

    text: str
    steps: tuple[str, ...]
    formula: str


class Prediction(ABC, Generic[I, O, R]):
    """Asking models. `entries` are the catalogue's, best first. With `routes` the input decides which of them
    answers where nobody chose (the language of a text)."""

    options: type[O]
    entries: tuple[ModelEntry, ...]
    routes: bool = False

    @abstractmethod
    def load(self, entry: ModelEntry, device: Device) -> Predictor:
        """Build the network of `entry` and fill it with the weights on disk.

        Raises:
            NotReadyError: the weights are not there. IntegrityError: they do not fit the network.
        """

    def route(self, value: I, options: O, ready: Sequence[ModelEntry]) -> str:
        """The id of the model for an input, among those of `ready` (best first; never one that knows a narrow
        world or was fine-tuned here).

        Raises:
            PortalError: none of them can; says which one could.
        """
        raise NotImplementedError(f"{type(self).__name__} does not route")

    def config(self, values: Mapping[str, object]) -> FamilyConfig:
        """What a fine-tuned model's `model.json` says of its network, typed and within bounds; as it stands there,
        where an application has no type for it.

        Raises:
            ValueError: it is not a network of this application.
        """
        raise NotImplementedError(f"{type(self).__name__} has no fine-tuned models")

    def recipe(self) -> Recipe | None:
        """The comparison with the bare libraries, if there is one."""
        return None

    def examples(self) -> list[I]:
        """Inputs of our own, all different, for the thumbnail (its first ones) and the benchmark; [] while files for
        them are still to be fetched."""
        return []

    def examples_ready(self) -> bool:
        """Whether there are `examples` now; asked at every look at home."""
        return True

    def thumbnail(self, inputs: Sequence[I], results: Sequence[R], language: str) -> Thumbnail:
        """What home shows of answered examples."""
        return Thumbnail()

    def trial(self, entry: ModelEntry) -> tuple[I, O] | None:
        """An input and options that show whether a model from elsewhere can be used; None where there is nothing to
        ask, and loading has to do."""
        inputs = self.examples()
        return (inputs[0], self.options()) if inputs else None

    thumbnail_inputs: int = 1
    """How many of `examples` the thumbnail takes."""

    def batching(self, options: O, entry: ModelEntry | None) -> tuple[O, int]:
        """The options that the command line uses with a model, and how many inputs share the time limit."""
        return options, AT_ONCE

    def row(self, label: object, result: R, given: Namespace, key: str) -> dict[str, object]:
        """A result as the command line prints it; `key` names the input. Files that belong to it are written here."""
        return {key: label, **result.as_json()}

    def table(self, labels: Sequence[str], results: Sequence[R], language: str) -> Table:
        """The results as a table, for CSV; `labels` name the inputs."""
        raise NotImplementedError(f"{type(self).__name__} has no table")


class Data(ABC):
    """Data sets to train on. `formats` (translatable) says what can be given; `suffixes` are those of the files
    that `read` takes.

    What the data does not say for certain a reader decides with `Reading.choose`; `choices` are what a person chose
    instead, by the names that the draft's assumptions show (a table's columns, an encoding, class names).
    """

    formats: str
    suffixes: tuple[str, ...]
    samples: tuple[SampleSet, ...] = ()
    aligned: bool = False
    """Whether two text files, line by line the same, can be given (`read_aligned`)."""
    by_class: bool = False
    """Whether files can be given class by class (`read_classes`)."""
    consent: str = ""
    """What a person has to confirm before anything is read; "" where nothing."""

    @abstractmethod
    def read(
        self, source: Path | IO[bytes], name: str, choices: Mapping[str, str] | None = None
    ) -> Draft:
        """The samples in a file, with what was assumed and what is wrong with them. A file in which nothing can be
        used gives a draft without samples, so that its problems and choices can be shown.

        Raises:
            PortalError: it cannot be read at all.
        """

    def read_aligned(
        self,
        first: tuple[str, bytes],
        second: tuple[str, bytes],
        choices: Mapping[str, str] | None = None,
    ) -> Draft:
        """Two text files (name, contents) with the same sentences line by line."""
        raise DataSetError(N_("Two aligned files are not a format of this application."))

    def read_classes(self, classes: Mapping[str, Sequence[tuple[str, bytes]]]) -> Draft:
        """Files (name, contents) by class."""
        raise DataSetError(N_("Files by class are not a format of this application."))

    def sample(self, name: str) -> SampleSet | None:
        return next((one for one in self.samples if one.name == name), None)

    def draw(self, image: Image.Image, row: Mapping[str, object]) -> Image.Image:
        """An image of a data set or of the validation samples as a preview shows it (boxes drawn in)."""
        return image


PIXELS = Path(inputs.__file__).with_name("pixels.py")
"""How the portal makes RGB of any image, for the scripts of exported models too."""


class Training(ABC, Generic[T]):
    """Fine-tuning. `standalone` is the script that goes into an exported zip, `imported` are files beside it.

    A training whose application has no `data` gets a run without a data set.
    """

    options: type[T]
    standalone: Path
    imported: tuple[Path, ...] = ()
    several_processes: bool = True
    """Whether `--processes` may be more than one."""
    classifies: bool = False
    """Whether validation samples are answered with a class: pages then show a confusion matrix."""

    sample_titles: Mapping[str, str] = {}
    """What the images show that `Trainee.samples` writes, by the stem of their file's name (translatable)."""

    @abstractmethod
    def bases(self) -> list[ModelEntry]:
        """The models that a run can start from."""

    @abstractmethod
    def check(self, base: ModelEntry | None, data: DataSet | None, options: T) -> None:
        """Refuse what cannot work before anything runs.

        Raises:
            UsageError, DataSetError, NotReadyError: says what to change.
        """

    def trainee(self, run: Run[T]) -> Trainee:
        """What the torch loop trains."""
        raise NotImplementedError(f"{type(self).__name__} drives its own training")

    def train(self, run: Run[T]) -> Outcome:
        """Train to the end; by the torch loop unless another library drives it."""
        from core.training import loop

        return loop.train(self.trainee(run), run)

    def admit(self, entry: ModelEntry) -> None:
        """Refuse an imported model that describes a network which is not known here.

        Raises:
            ArchiveError: it does. NotReadyError: files of its base are needed to tell.
        """

    def example(self, entry: ModelEntry) -> tuple[nn.Module, torch.Tensor] | None:
        """The network of a fine-tuned model and an input for an export to ONNX; None where it is not exported."""
        return None

    def described(self, entry: ModelEntry) -> Mapping[str, object]:
        """What a network exported to ONNX says of itself in its metadata, by name: plain data (`labels`,
        `preprocessing`)."""
        return {}

    augments: bool = False

    def augmented(
        self, data: DataSet, rows: Sequence[Row], options: T, count: int
    ) -> list[list[Image.Image]]:
        """For each row its image as it is, then `count` ways in which a training step may see it; [] where the options
        ask for none."""
        return []

    def benchmarks(self) -> list[Case]:
        """What `python -m core bench finetune` compares."""
        return []


# Which input, options and result belong to an application is known in its folder alone.
AnyPrediction = Prediction[Any, Any, Any]
AnyTraining = Training[Any]
AnyInput = InputKind[Any]


@dataclass(frozen=True)
class Application:
    """`name` is the folder, the page file, the address and the command-line argument. `title`, `summary` and `group` (the
    heading in the navigation) are translatable. `order` sorts applications where they are listed."""

    name: str
    title: str
    summary: str
    icon: str
    group: str
    input: AnyInput
    order: int = 100
    prediction: AnyPrediction | None = None
    data: Data | None = None
    training: AnyTraining | None = None
    class_names: ClassNames = field(default_factory=ClassNames)
    explanations: Mapping[str, Explanation] = field(default_factory=dict)
    """By family of models; "" for all that have none of their own."""
    page: Path | None = None
    """The file of its page; None: pages/<name>.py."""

    def predicting(self) -> AnyPrediction:
        """Its prediction.

        Raises:
            UsageError: it has none.
        """
        if self.prediction is None:
            raise UsageError(N_("{task} has no models to ask."), task=self.name)
        return self.prediction

    def parse(self, values: Mapping[str, object]) -> Options:
        """Validated prediction options.

        Raises:
            UsageError: a value is unknown or out of range.
        """
        options: Options = parse(self.predicting().options, values)
        return options

    def trained(self) -> AnyTraining:
        """Its training.

        Raises:
            UsageError: it has none.
        """
        if self.training is None:
            raise UsageError(N_("{task} cannot be fine-tuned."), task=self.name)
        return self.training

    def stored(self) -> Data:
        """Its data.

        Raises:
            UsageError: it has none.
        """
        if self.data is None:
            raise UsageError(N_("{task} takes no data sets."), task=self.name)
        return self.data
