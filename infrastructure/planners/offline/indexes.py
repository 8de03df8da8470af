"""The skill indexes of the manifests last used, made once for each."""

from collections import OrderedDict
from threading import Lock

from planfold.domain.skill import Manifest
from planfold.infrastructure.embedding import Embedder
from planfold.infrastructure.planners.offline.matching import SkillIndex

KEPT_MANIFESTS = 8


class SkillIndexes:
    """Used from any thread; two may make the same index twice, to the same effect."""

    def __init__(self, embedder: Embedder) -> None:
        self._embedder = embedder
        self._indexes: OrderedDict[str, SkillIndex] = OrderedDict()
        self._lock = Lock()

    def of(self, manifest: Manifest) -> SkillIndex:
        """Raises EmbeddingUnavailable."""
        with self._lock:
            if manifest.digest in self._indexes:
                self._indexes.move_to_end(manifest.digest)
                return self._indexes[manifest.digest]
        made = SkillIndex(manifest, self._embedder)
        with self._lock:
            self._indexes[manifest.digest] = made
            while len(self._indexes) > KEPT_MANIFESTS:
                self._indexes.popitem(last=False)
        return made
