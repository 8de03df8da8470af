"""Texts as vectors: from the wheel's table, and from a folder as model2vec writes it."""

import json
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import pytest
from safetensors.numpy import save_file
from tokenizers import Tokenizer
from tokenizers.models import WordLevel
from tokenizers.pre_tokenizers import Whitespace

from planfold.infrastructure.embedding import StaticEmbedder, model2vec, wordllama
from planfold.infrastructure.errors import EmbeddingUnavailable

TEXTS = ["Fetch the page", "", "get a web page", "a dog in the snow " * 50, "naïve 😀 \u202e", "."]
VOCABULARY = {"[UNK]": 0, "red": 1, "green": 2, "blue": 3}


@pytest.fixture(scope="module")
def embedder() -> StaticEmbedder:
    return wordllama()


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A model of three words: their axes, and an unknown word that would spoil every mean."""
    tokenizer = Tokenizer(WordLevel(VOCABULARY, unk_token="[UNK]"))
    tokenizer.pre_tokenizer = Whitespace()
    tokenizer.save(str(tmp_path / "tokenizer.json"))
    table = np.array([[9, 9, 9], [1, 0, 0], [0, 1, 0], [0, 0, 1]], dtype=np.float32)
    save_file({"embeddings": table}, tmp_path / "model.safetensors")
    (tmp_path / "config.json").write_text(json.dumps({"normalize": False}))
    return tmp_path


def test_vectors_have_length_one_and_a_text_of_nothing_has_zeros(embedder: StaticEmbedder) -> None:
    vectors = embedder.embed(TEXTS)

    assert ((6, 256), np.float32) == (vectors.shape, vectors.dtype.type)
    assert np.allclose(np.linalg.norm(vectors, axis=1), [1, 0, 1, 1, 1, 1], atol=1e-6)


def test_no_texts_are_no_rows(embedder: StaticEmbedder) -> None:
    assert (0, 256) == embedder.embed([]).shape


def test_a_text_has_the_same_bytes_alone_in_a_batch_and_in_any_thread(embedder: StaticEmbedder) -> None:
    together = embedder.embed(TEXTS)

    alone = [embedder.embed([text])[0].tobytes() for text in TEXTS]
    with ThreadPoolExecutor(8) as pool:
        fresh = wordllama()
        threads = list(pool.map(lambda text: fresh.embed([text])[0].tobytes(), TEXTS))

    assert [row.tobytes() for row in together] == alone == threads


def test_the_same_bytes_come_from_another_process_and_nothing_is_said(embedder: StaticEmbedder) -> None:
    script = (
        "import sys\n"
        "from planfold.infrastructure.embedding import wordllama\n"
        "print(wordllama().embed([sys.argv[1]]).tobytes().hex(), str(wordllama().model), 'wordllama' in sys.modules)\n"
    )

    said = subprocess.run(
        [sys.executable, "-W", "error", "-c", script, TEXTS[3]], capture_output=True, text=True, check=True
    )

    assert ("", f"{embedder.embed([TEXTS[3]]).tobytes().hex()} {embedder.model} False\n") == (said.stderr, said.stdout)


def test_a_process_forked_after_use_works_and_nothing_is_said() -> None:
    script = (
        "import os, sys\n"
        "from planfold.infrastructure.embedding import wordllama\n"
        "embedder = wordllama()\n"
        "before = embedder.embed([sys.argv[1]]).tobytes()\n"
        "child = os.fork()\n"
        "if child == 0:\n"
        "    os._exit(0 if embedder.embed([sys.argv[1]]).tobytes() == before else 9)\n"
        "sys.exit(os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]))\n"
    )

    done = subprocess.run(
        [sys.executable, "-c", script, TEXTS[0]], capture_output=True, text=True, check=False, timeout=60
    )

    assert (0, "", "") == (done.returncode, done.stdout, done.stderr)


def test_like_is_nearer_than_unlike(embedder: StaticEmbedder) -> None:
    dog, puppy, car = embedder.embed(["dog", "puppy", "car"])

    assert dog @ puppy > 0.4
    assert dog @ car < 0.2


def test_the_model_says_which_table_it_is(embedder: StaticEmbedder) -> None:
    assert ("wordllama-l2-supercat", 256) == (embedder.model.name, embedder.model.dimension)
    assert f"wordllama-l2-supercat/256/{embedder.model.digest[:12]}" == str(embedder.model)


def test_a_model2vec_folder_gives_the_mean_of_its_known_words(folder: Path) -> None:
    vectors = model2vec(folder).embed(["red", "red green", "purple", "blue purple blue"])

    half = 0.5**0.5
    assert np.allclose(vectors, [[1, 0, 0], [half, half, 0], [0, 0, 0], [0, 0, 1]], atol=1e-6)
    assert (f"model2vec-{folder.name}", 3) == (model2vec(folder).model.name, model2vec(folder).model.dimension)


def test_the_weights_and_the_mapping_of_a_model2vec_folder_count(folder: Path) -> None:
    tensors: dict[str, npt.NDArray[Any]] = {
        "embeddings": np.array([[1, 0], [0, 1]], dtype=np.float16),
        "weights": np.array([1, 3, 1, 1], dtype=np.float32),
        "mapping": np.array([0, 0, 1, 1], dtype=np.int32),
    }
    save_file(tensors, folder / "model.safetensors")

    vector = model2vec(folder).embed(["red green"])[0]

    assert np.allclose(vector, np.array([3, 1]) / 10**0.5, atol=1e-6)


def test_another_training_is_another_model(folder: Path) -> None:
    before = model2vec(folder).model
    save_file({"embeddings": np.eye(4, 3, dtype=np.float32)}, folder / "model.safetensors")

    after = model2vec(folder).model

    assert (before.name, before.dimension) == (after.name, after.dimension)
    assert before.digest != after.digest


@pytest.mark.parametrize(
    ("damage", "sentence"),
    [
        (lambda folder: (folder / "model.safetensors").unlink(), "has no file .*model.safetensors"),
        (lambda folder: (folder / "tokenizer.json").unlink(), "has no file .*tokenizer.json"),
        (lambda folder: (folder / "model.safetensors").write_bytes(b"x" * 99), "cannot be read as safetensors"),
        (lambda folder: (folder / "tokenizer.json").write_text("{}"), "is not a tokenizer"),
        (
            lambda folder: save_file({"other": np.eye(2, dtype=np.float32)}, folder / "model.safetensors"),
            r"holds \['other'\], not 'embeddings'",
        ),
        (
            lambda folder: save_file({"embeddings": np.ones(4, dtype=np.float32)}, folder / "model.safetensors"),
            r"has the shape \[4\], not rows of numbers",
        ),
        (
            lambda folder: save_file(
                {"embeddings": np.eye(4, dtype=np.float32), "weights": np.ones(3, dtype=np.float32)},
                folder / "model.safetensors",
            ),
            "has weights or a mapping that do not fit its table",
        ),
        (
            lambda folder: save_file(
                {"embeddings": np.eye(4, dtype=np.float32), "mapping": np.array([0, 4], dtype=np.int32)},
                folder / "model.safetensors",
            ),
            "has weights or a mapping that do not fit its table",
        ),
    ],
)
def test_a_folder_that_is_no_model_is_named(folder: Path, damage: object, sentence: str) -> None:
    assert callable(damage)
    damage(folder)

    with pytest.raises(EmbeddingUnavailable, match=sentence):
        model2vec(folder).embed(["red"])
