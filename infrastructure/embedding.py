"""Texts as unit vectors from a static table of token vectors: no model is run, nothing is downloaded.

The default table and tokenizer lie inside the installed `wordllama` wheel; the package itself is not imported, since it
configures logging and takes half a second. A folder that model2vec wrote can be used instead.

The same text gives the same bytes on every call, in any batch. The default table holds 16-bit floats, whose sum in 64
bits is exact, so that machines can differ in the last bit of a component at most. Whoever compares scores rounds them.
"""

import hashlib
import importlib.util
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from functools import cached_property
from pathlib import Path
from threading import Lock
from typing import Any, NamedTuple, Protocol

import numpy as np
import numpy.typing as npt
from pydantic import Field
from safetensors import SafetensorError, safe_open
from tokenizers import Tokenizer

from planfold.domain.frozen import Frozen
from planfold.domain.names import Digest
from planfold.infrastructure.errors import EmbeddingUnavailable

Vectors = npt.NDArray[np.float32]

MAX_TOKENS = 8_192
"""A longer text is judged by its beginning; the exactness of the sum holds far beyond."""

_SAMPLES, _SAMPLE_BYTES = 16, 4_096
_TABLE = 2
"""Dimensions: a row for each token, a column for each number."""
_MEND = "name another model's folder or install it again"


class EmbeddingModel(Frozen):
    """Vectors may be compared only if their models are equal."""

    name: str = Field(min_length=1, max_length=128)
    dimension: int = Field(ge=1)
    digest: Digest
    """Of the sizes of both files and of samples of their bytes: cheap, and another training changes it."""

    def __str__(self) -> str:
        return f"{self.name}/{self.dimension}/{self.digest[:12]}"


class Embedder(Protocol):
    @property
    def model(self) -> EmbeddingModel:
        """What the vectors are made with. Raises EmbeddingUnavailable."""
        ...

    def embed(self, texts: Sequence[str]) -> Vectors:
        """One row of length 1 for each text; of zeros for a text without a known token. Raises EmbeddingUnavailable."""
        ...


class TableFiles(NamedTuple):
    """Where a table stands, and under which key; `weights` and `mapping` are model2vec's optional tensors."""

    name: str
    table: Path
    tokenizer: Path
    key: str


class StaticEmbedder:
    """The mean of the vectors of a text's tokens, brought to length 1. Read on first use, from any thread."""

    def __init__(self, files: TableFiles) -> None:
        self._files = files
        self._lock = Lock()
        self._read: _Loaded | None = None

    @cached_property
    def model(self) -> EmbeddingModel:
        name, table, tokenizer, key = self._files
        with _opened(self._files) as tensors:
            dimension = tensors.get_slice(key).get_shape()[1]
        return EmbeddingModel(name=name, dimension=dimension, digest=_sampled_digest(table, tokenizer))

    def embed(self, texts: Sequence[str]) -> Vectors:
        loaded = self._loaded()
        rows = np.zeros((len(texts), loaded.table.shape[1]), dtype=np.float64)
        for row, text in zip(rows, texts, strict=True):
            ids = loaded.ids(text)
            if len(ids):
                row[:] = loaded.pooled(ids)
        lengths = np.sqrt(np.square(rows).sum(axis=1, keepdims=True))
        return (rows / np.where(lengths > 0, lengths, 1.0)).astype(np.float32)

    def _loaded(self) -> "_Loaded":
        with self._lock:
            if self._read is None:
                self._read = _load(self._files)
            return self._read


class _Loaded(NamedTuple):
    tokenizer: Tokenizer
    table: npt.NDArray[Any]
    weights: npt.NDArray[Any] | None
    mapping: npt.NDArray[Any] | None

    def ids(self, text: str) -> npt.NDArray[np.int64]:
        # One text at a time: encode_batch starts threads, which warn in every process forked from here.
        found = np.asarray(self.tokenizer.encode(text, add_special_tokens=False).ids[:MAX_TOKENS], dtype=np.int64)
        unknown = getattr(self.tokenizer.model, "unk_token", None)
        if isinstance(unknown, str):
            found = found[found != self.tokenizer.token_to_id(unknown)]
        known = len(self.table) if self.mapping is None else len(self.mapping)
        return found[found < known]

    def pooled(self, ids: npt.NDArray[np.int64]) -> npt.NDArray[np.float64]:
        rows = self.table[ids if self.mapping is None else self.mapping[ids]].astype(np.float64)
        if self.weights is not None:
            rows *= self.weights[ids].astype(np.float64)[:, np.newaxis]
        mean: npt.NDArray[np.float64] = rows.sum(axis=0) / len(ids)
        return mean


@contextmanager
def _opened(files: TableFiles) -> Iterator[Any]:
    """The tensors, mapped into memory; it is sure that `files.key` is one of them, and a table."""
    for path in (files.table, files.tokenizer):
        if not path.is_file():
            raise EmbeddingUnavailable(f"{files.name} has no file {path}; {_MEND}")
    try:
        with safe_open(str(files.table), framework="numpy") as tensors:
            names = sorted(tensors.keys())
            if files.key not in names:
                raise EmbeddingUnavailable(f"{files.table} holds {names}, not {files.key!r}, as another model; {_MEND}")
            shape = tensors.get_slice(files.key).get_shape()
            if len(shape) != _TABLE or 0 in shape:
                raise EmbeddingUnavailable(f"{files.table} has the shape {shape}, not rows of numbers; {_MEND}")
            yield tensors
    except (SafetensorError, OSError) as error:
        reason = f": {error.strerror}" if isinstance(error, OSError) and error.strerror else ""
        raise EmbeddingUnavailable(f"{files.table} cannot be read as safetensors{reason}; {_MEND}") from error


def _load(files: TableFiles) -> _Loaded:
    with _opened(files) as tensors:
        names = {files.key, "weights", "mapping"}.intersection(tensors.keys())
        found = {name: tensors.get_tensor(name) for name in names}
    try:
        tokenizer = Tokenizer.from_file(str(files.tokenizer))
    except Exception as error:  # tokenizers raises bare Exceptions
        raise EmbeddingUnavailable(f"{files.tokenizer} is not a tokenizer as model2vec writes it; {_MEND}") from error
    tokenizer.no_padding()
    tokenizer.no_truncation()
    loaded = _Loaded(tokenizer, found[files.key], found.get("weights"), found.get("mapping"))
    if not _fits(loaded):
        raise EmbeddingUnavailable(f"{files.table} has weights or a mapping that do not fit its table; {_MEND}")
    return loaded


def _fits(loaded: _Loaded) -> bool:
    """Whether each token that the tensors know has its row and its weight."""
    rows, mapping, weights = len(loaded.table), loaded.mapping, loaded.weights
    if mapping is not None and (mapping.ndim != 1 or not np.all((mapping >= 0) & (mapping < rows))):
        return False
    return weights is None or weights.shape == (rows if mapping is None else len(mapping),)


def wordllama() -> StaticEmbedder:
    """The table of 32,000 tokens in 256 dimensions inside the wheel `wordllama`. Raises EmbeddingUnavailable."""
    found = importlib.util.find_spec("wordllama")
    if found is None or not found.submodule_search_locations:
        raise EmbeddingUnavailable("the package wordllama is not installed; install it, or name a model2vec folder")
    folder = Path(found.submodule_search_locations[0])
    return StaticEmbedder(
        TableFiles(
            "wordllama-l2-supercat",
            folder / "weights" / "l2_supercat_256.safetensors",
            folder / "tokenizers" / "l2_supercat_tokenizer_config.json",
            "embedding.weight",
        )
    )


def model2vec(folder: Path) -> StaticEmbedder:
    """The table in a folder as model2vec saves it: `model.safetensors` and `tokenizer.json`.

    The vectors have length 1 whatever `normalize` in its config.json says: cosines are the same.
    """
    return StaticEmbedder(
        TableFiles(f"model2vec-{folder.name}", folder / "model.safetensors", folder / "tokenizer.json", "embeddings")
    )


def _sampled_digest(*paths: Path) -> str:
    hashed = hashlib.sha256()
    for path in paths:
        size = path.stat().st_size
        hashed.update(size.to_bytes(8, "big"))
        with path.open("rb") as stream:
            for sample in range(_SAMPLES):
                stream.seek(size * sample // _SAMPLES)
                hashed.update(stream.read(_SAMPLE_BYTES))
    return hashed.hexdigest()
