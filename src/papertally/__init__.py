"""papertally: count how many papers of a conference year mention each framework."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pathlib import Path

    from papertally.interface import SavedReport

__version__ = "0.1.0"
__all__ = ["__version__", "read"]


def read(folder: str | Path) -> SavedReport:
    """Read a report folder by its path, or by its name if it is bundled, or by its https address.

    Raises `ValueError` with one line that says what is wrong and what to do.

    >>> import papertally as pt
    >>> report = pt.read("iclr-2018-2019")
    >>> report.count("pytorch")[["papers", "readable"]]
          papers  readable
    year
    2018      87       998
    2019     254      1589
    """
    # imported when called: everybody imports the package for its version
    from papertally import interface

    return interface.read(folder)
