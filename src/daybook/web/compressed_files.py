"""The files of the pages, compressed once and served so to browsers that take it."""

from __future__ import annotations

import os
import shutil
import tempfile
from functools import lru_cache
from hashlib import blake2b
from pathlib import Path
from typing import Any

from django.conf import settings
from whitenoise.compress import Compressor
from whitenoise.middleware import WhiteNoiseMiddleware
from whitenoise.responders import StaticFile


class CompressedFiles(WhiteNoiseMiddleware):  # type: ignore[misc]  # it publishes no types
    """WhiteNoise, serving each file from a copy that has its compressed form beside it.

    Nobody has to collect files after an upgrade: a copy lies in the data folder under a name made
    of its content, so that it is never an old one, and is made when a process begins to serve.
    """

    def get_static_file(self, path: str, url: str, **_: Any) -> StaticFile:
        """Return what answers `url` with the file at `path`."""
        return super().get_static_file(str(copy_of((path, os.stat(path).st_mtime_ns))), url)


@lru_cache(maxsize=1000)
def copy_of(file: tuple[str, int]) -> Path:
    """Return the copy of a file, its path and when it was changed; made unless it is there."""
    original = Path(file[0])
    digest = blake2b(original.read_bytes(), digest_size=16).hexdigest()
    folder = settings.STATIC_ROOT.with_name("compressed")
    copy: Path = folder / digest / original.name
    if not copy.exists():
        make(original, copy)
    return copy


def make(original: Path, copy: Path) -> None:
    """Copy a file and compress the copy, both or neither, whoever else does the same."""
    copy.parent.parent.mkdir(parents=True, exist_ok=True)
    unfinished = tempfile.mkdtemp(dir=copy.parent.parent)
    inside = shutil.copy2(original, unfinished)
    Compressor(use_brotli=False, quiet=True).compress(str(inside))
    try:
        os.rename(unfinished, copy.parent)
    except OSError:
        # Another process was faster, with the same content.
        shutil.rmtree(unfinished)
        if not copy.exists():
            raise
