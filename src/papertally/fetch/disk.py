"""Write to the workspace's disk: through to it, never past what is to stay free, and a full one stops cleanly."""

import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import BinaryIO

import requests

from papertally.errors import DiskFullError


def watch(folder: Path, min_free: int, coming: int = 0) -> None:
    """Raise `DiskFullError` where less than `min_free` bytes would be free after `coming` more."""
    free = shutil.disk_usage(folder).free
    if free - coming < min_free:
        raise DiskFullError(
            f"only {free / 1e9:.1f} GB are free on the workspace's disk; what was fetched is kept: make room, or "
            "allow less with --min-free"
        )


@contextmanager
def full_disk_stops() -> Iterator[None]:
    """Turn what the disk says against writing into a clean stop (`DiskFullError`)."""
    try:
        yield
    except requests.RequestException:  # the network's faults are of the same family
        raise
    except OSError as error:
        raise DiskFullError(f"the disk refused more ({error.strerror}); what was fetched is kept: make room") from None


def write_through(handle: BinaryIO, data: bytes = b"") -> None:
    """Write, and see to it that all is on the disk: a file that has its name is taken for whole."""
    handle.write(data)
    handle.flush()
    os.fsync(handle.fileno())
