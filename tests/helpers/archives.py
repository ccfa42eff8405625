"""Archives of own papers."""

import zipfile
from pathlib import Path


def make_zip(path: Path, *members: tuple[str | zipfile.ZipInfo, str | bytes]) -> Path:
    """Write a zip with members; return its path."""
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, data in members:
            archive.writestr(name, data)
    return path
