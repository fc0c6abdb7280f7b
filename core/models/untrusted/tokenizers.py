"""tokenizer.json and its companions. Only the steps that the tokenizers of the catalogue's models consist of are taken:
no regular expression from outside runs, and no step makes a text much longer."""

from __future__ import annotations

import binascii
from base64 import b64decode
from pathlib import Path
from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field, ValidationError, model_validator

from core.errors import N_, ArchiveError, PortalError
from core.models.untrusted import files, networks, pieces, refusals

CLASSES = ("TokenizersBackend", "PreTrainedTokenizerFast", "MarianTokenizer", "M2M100Tokenizer")
FAST = ("Bert", "DistilBert", "Roberta", "XLMRoberta", "Gemma")
KNOWN_CLASSES = {*CLASSES, *(f"{name}Tokenizer{end}" for name in FAST for end in ("", "Fast"))}
MOST_ADDED = 10_000
ABOVE = 64
"""Added tokens may be numbered beyond the network's vocabulary by so many: Gemma's mark for images is."""

Token = Annotated[str, Field(max_length=pieces.LONGEST_PIECE)]
Number = Annotated[int, Field(ge=0, le=pieces.MOST_PIECES)]
Sign = Annotated[str, Field(max_length=1)]
Affix = Annotated[str, Field(max_length=16)]
Size = Annotated[int, Field(ge=0, le=1_000_000)]
Row = Annotated[int, Field(ge=0, le=4_096)]


class Step(BaseModel):
    model_config = ConfigDict(extra="ignore")


class Pattern(Step):
    String: str | None = Field(None, min_length=1, max_length=16)
    Regex: Literal[" {2,}"] | None = None


class PlainNormalizer(Step):
    type: Literal[
        "BertNormalizer", "NFC", "NFD", "NFKC", "NFKD", "Lowercase", "StripAccents", "Strip", "Nmt"
    ]


class Precompiled(Step):
    type: Literal["Precompiled"]
    precompiled_charsmap: str | None = None


class Replace(Step):
    type: Literal["Replace"]
    pattern: Pattern
    content: str = Field(max_length=16)

    @model_validator(mode="after")
    def _does_not_lengthen(self) -> Replace:
        """Several in a row would multiply."""
        if len(self.content) > max(1, len(self.pattern.String or "")):
            raise ValueError("it replaces a text by a longer one")
        return self


class Prepend(Step):
    type: Literal["Prepend"]
    prepend: Sign


SingleNormalizer = Annotated[
    PlainNormalizer | Precompiled | Replace | Prepend, Field(discriminator="type")
]


class Normalizers(Step):
    type: Literal["Sequence"]
    normalizers: list[SingleNormalizer] = Field(max_length=8)


class PlainSplitter(Step):
    type: Literal[
        "BertPreTokenizer", "Whitespace", "WhitespaceSplit", "ByteLevel", "Punctuation", "Digits"
    ]


class Metaspace(Step):
    type: Literal["Metaspace"]
    replacement: Sign


class Split(Step):
    type: Literal["Split"]
    pattern: Pattern


SingleSplitter = Annotated[PlainSplitter | Metaspace | Split, Field(discriminator="type")]


class Splitters(Step):
    type: Literal["Sequence"]
    pretokenizers: list[SingleSplitter] = Field(max_length=8)


class PlainDecoder(Step):
    type: Literal["ByteLevel", "ByteFallback", "Fuse"]


class Joiner(Step):
    type: Literal["WordPiece", "BPEDecoder"]
    prefix: Affix = ""
    suffix: Affix = ""


class Stripper(Step):
    type: Literal["Strip"]
    content: Sign
    start: Row
    stop: Row


SingleDecoder = Annotated[
    PlainDecoder | Joiner | Metaspace | Stripper | Replace, Field(discriminator="type")
]


class Decoders(Step):
    type: Literal["Sequence"]
    decoders: list[SingleDecoder] = Field(max_length=8)


class SpecialToken(Step):
    ids: list[Number] = Field(max_length=8)
    tokens: list[Token] = Field(max_length=8)


class Template(Step):
    type: Literal["TemplateProcessing"]
    single: list[object] = Field(max_length=16)
    pair: list[object] = Field(max_length=16)
    special_tokens: dict[Token, SpecialToken] = Field(max_length=64)


class Marks(Step):
    type: Literal["BertProcessing", "RobertaProcessing"]
    sep: tuple[Token, Number]
    cls: tuple[Token, Number]


class PlainProcessor(Step):
    type: Literal["ByteLevel"]


SingleProcessor = Annotated[Template | Marks | PlainProcessor, Field(discriminator="type")]


class Processors(Step):
    type: Literal["Sequence"]
    processors: list[SingleProcessor] = Field(max_length=4)


class WordPiece(Step):
    type: Literal["WordPiece"]
    vocab: dict[Token, Number]
    max_input_chars_per_word: int = Field(ge=1, le=200)
    continuing_subword_prefix: Affix


class BPE(Step):
    type: Literal["BPE"]
    vocab: dict[Token, Number]
    merges: list[object] = Field(max_length=pieces.MOST_PIECES)
    dropout: Literal[0] | None = None
    continuing_subword_prefix: Affix | None = None
    end_of_word_suffix: Affix | None = None


class Unigram(Step):
    type: Literal["Unigram"]
    vocab: list[tuple[Token, float]] = Field(max_length=pieces.MOST_PIECES)


class Added(Step):
    id: Number
    content: Token = Field(min_length=1)


class Padding(Step):
    strategy: Literal["BatchLongest"] | dict[Literal["Fixed"], Row]
    pad_to_multiple_of: Row | None = None
    pad_id: Number


class Truncation(Step):
    max_length: Size
    stride: Size


class Pipeline(Step):
    """tokenizer.json, as the library tokenizers writes it."""

    normalizer: Annotated[Normalizers | SingleNormalizer, Field(discriminator="type")] | None
    pre_tokenizer: Annotated[Splitters | SingleSplitter, Field(discriminator="type")] | None
    post_processor: Annotated[Processors | SingleProcessor, Field(discriminator="type")] | None
    decoder: Annotated[Decoders | SingleDecoder, Field(discriminator="type")] | None
    model: Annotated[WordPiece | BPE | Unigram, Field(discriminator="type")]
    added_tokens: list[Added] = Field(max_length=MOST_ADDED)
    padding: Padding | None
    truncation: Truncation | None


def check(folder: Path, vocabulary: int | None) -> None:
    """Check a folder's tokenizer files; `vocabulary`: tokens that the network has embeddings for, where that is known.

    Raises:
        ArchiveError, DocumentError: one holds a step, a class or a number that is not taken.
    """
    if (path := folder / "tokenizer.json").exists():
        _check_pipeline(path, vocabulary)
    for name in ("tokenizer_config.json", "special_tokens_map.json", "added_tokens.json"):
        if (path := folder / name).exists():
            _check_settings(path)
    if (path := folder / "vocab.json").exists():
        _check_vocabulary(path, vocabulary)
    for name in ("source.spm", "target.spm", "sentencepiece.bpe.model", "tokenizer.model"):
        if (path := folder / name).exists():
            pieces.check(path)
    for name in ("vocab.txt", "merges.txt"):
        if (path := folder / name).exists():
            _check_lines(path)


def _check_pipeline(path: Path, vocabulary: int | None) -> None:
    known = files.read_object(path)
    try:
        pipeline = Pipeline.model_validate(
            {name: known.get(name) for name in Pipeline.model_fields}
        )
    except ValidationError as error:
        raise refusals.invalid(path.name, error) from error
    for step in _normalizers(pipeline):
        if isinstance(step, Precompiled):
            pieces.check_character_map(path.name, _decoded(path.name, step.precompiled_charsmap))
    if vocabulary is None:
        return
    model = pipeline.model
    numbers = range(len(model.vocab)) if isinstance(model, Unigram) else model.vocab.values()
    if max(numbers, default=0) >= vocabulary:
        raise refusals.beyond(path.name, "vocabulary", max(numbers), vocabulary - 1)
    if (last := max((one.id for one in pipeline.added_tokens), default=0)) >= vocabulary + ABOVE:
        raise refusals.beyond(path.name, "added_tokens", last, vocabulary - 1)


def _normalizers(pipeline: Pipeline) -> list[PlainNormalizer | Precompiled | Replace | Prepend]:
    if isinstance(pipeline.normalizer, Normalizers):
        return pipeline.normalizer.normalizers
    return [pipeline.normalizer] if pipeline.normalizer else []


def _decoded(file: str, table: str | None) -> bytes:
    try:
        return b64decode(table or "", validate=True)
    except binascii.Error as error:
        raise refusals.unfit(file, PortalError(N_("its table of characters is damaged"))) from error


def _check_settings(path: Path) -> None:
    """No code, no file names, a class that is known."""
    known = files.read_object(path)
    networks.check_values(path.name, known)
    name = known.get("tokenizer_class")
    if name is not None and name not in KNOWN_CLASSES:
        raise refusals.unknown(path.name, "tokenizer_class", name)
    for key, value in known.items():
        if key.endswith("_file") and value:
            raise refusals.unknown(path.name, key, value)


def _check_vocabulary(path: Path, vocabulary: int | None) -> None:
    """{piece: number}, as Marian, M2M100 and RoBERTa have it."""
    most = pieces.MOST_PIECES if vocabulary is None else vocabulary
    for piece, number in files.read_object(path).items():
        if not isinstance(number, int) or isinstance(number, bool) or not 0 <= number < most:
            raise refusals.beyond(path.name, piece[:40] or "–", number, most - 1)
        if len(piece) > pieces.LONGEST_PIECE:
            raise refusals.beyond(path.name, piece[:40], len(piece), pieces.LONGEST_PIECE)


def _check_lines(path: Path) -> None:
    files.check_size(path.name, path.stat().st_size)
    lines = path.read_bytes().split(b"\n")
    if max(map(len, lines)) > 4 * pieces.LONGEST_PIECE:
        raise ArchiveError(N_("{file} has a line that is too long."), file=path.name)
