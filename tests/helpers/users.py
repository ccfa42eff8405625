"""Another user of this machine, as who tests run what root may do anyway."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

PROBE = """
import os, sys
user = int(sys.argv[2])
os.setgroups([])
os.setresgid(user, user, user)
os.setresuid(user, user, user)
os.listdir(sys.argv[1])
"""


def require_user(user: int, folder: Path) -> None:
    """Skip a test if root cannot become another user who reaches a folder."""
    command = [sys.executable, "-c", PROBE, str(folder), str(user)]
    if os.getuid() == 0 and subprocess.run(command, capture_output=True, check=False).returncode:
        pytest.skip("another user cannot reach the folder for temporary files")
