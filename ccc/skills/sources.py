"""The texts that a source is assembled from."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from pathlib import Path

from ccc.assembler import source_files
from ccc.files import read_bytes

_TAKES_IN = re.compile(rb"\.(include|require)", re.IGNORECASE)
_MAX_BYTES = 1 << 26


def source_texts(path: Path, folders: Sequence[Path]) -> Iterator[bytes]:
    """The source, and all that it includes or requires, in order. folders: libraries that are looked through for that.

    Raises FileError, and SourceError where it has mistakes.
    """
    text = read_bytes(path, _MAX_BYTES)
    yield text
    if _TAKES_IN.search(text):  # else there is no need to parse it
        yield from (read_bytes(other, _MAX_BYTES) for other in source_files(path, folders)[1:])
