"""Paths of the project and of the material shared with other projects."""

from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]


SHARED = ROOT.parent / "shared"


needs_shared = pytest.mark.skipif(
    not SHARED.is_dir(), reason="the shared material is not on this machine"
)
