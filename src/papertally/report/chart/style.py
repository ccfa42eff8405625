"""Colours, markers, line styles and sizes of the charts."""

from typing import Any

COLOURS = ("#0072B2", "#E69F00", "#009E73", "#CC79A7", "#56B4E9", "#D55E00", "#000000", "#999933")
"""Okabe and Ito's colour-blind-safe palette, its yellow darkened to be read on white."""
MARKERS = "osD^vP*X"
DASHES: tuple[Any, ...] = ("-", (0, (6, 2)), (0, (1, 1)), (0, (6, 2, 1, 2)), (0, (3, 1)), (0, (8, 2, 1, 2, 1, 2)),
                           (0, (10, 3)), (0, (2, 2)))  # fmt: skip
"""Lines of the same place in these three are told apart without colour too."""
INK = "#222222"
"""Labels are dark, because some of the colours are too light for letters."""
GREY = "#555555"
FAINT = "#DDDDDD"
PALE = "#E4E4E4"
"""Letters are read on it."""
HATCH = "////"
"""What is hatched is incomplete."""

WIDTH = 8.0
"""Width of all charts, in inches."""
EDGE = 0.15
"""Around the picture, in inches."""
DOUBTFUL: dict[str, Any] = {"linestyle": (0, (2, 3)), "alpha": 0.5, "linewidth": 1.0}
"""Of lines to and from counts that are lower bounds."""
SMALL, MIDDLE, LARGE = 7.0, 8.5, 12.0
"""Sizes of letters in points: notes, labels, title."""

RC: dict[str, Any] = {
    "svg.hashsalt": "papertally",  # the same chart has the same ids, so that version control sees real changes
    "svg.fonttype": "none",  # text stays text
    "text.parse_math": False,  # a dollar in a name or path is a dollar
    "font.sans-serif": ["DejaVu Sans"],
    "font.size": MIDDLE,
    "axes.unicode_minus": False,
    "axes.spines.top": False,
    "axes.spines.right": False,
    "axes.edgecolor": GREY,
    "axes.axisbelow": True,
    "grid.color": FAINT,
    "grid.linewidth": 0.6,
    "hatch.linewidth": 0.6,
    "xtick.color": GREY,
    "xtick.labelcolor": INK,
    "ytick.color": GREY,
    "ytick.labelcolor": INK,
}


def year_colour(place: int, years: int) -> tuple[float, float, float]:
    """Give the colour of a year's bars: from light to dark, so that print without colour keeps the order."""
    light, dark = (0.84, 0.92, 0.97), (0.22, 0.47, 0.70)  # not so dark that whiskers are lost on it
    part = place / (years - 1) if years > 1 else 0.6
    red, green, blue = (one + part * (two - one) for one, two in zip(light, dark, strict=True))
    return red, green, blue
