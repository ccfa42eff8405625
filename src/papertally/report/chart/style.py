"""Colours, markers, line styles and sizes of the charts."""

from __future__ import annotations

from typing import Any

# The series of a chart differ by colour, marker and dash at once, so that a print in black and
# white and readers who do not see colours can tell them apart. The same index is used in all three.
COLOURS = ("#0072B2", "#E69F00", "#009E73", "#CC79A7", "#56B4E9", "#D55E00", "#000000", "#999933")
"""Okabe and Ito's palette for colour-blind readers, its yellow darkened to be seen on white."""
MARKERS = "osD^vP*X"
DASHES: tuple[Any, ...] = (
    "-", (0, (6, 2)), (0, (1, 1)), (0, (6, 2, 1, 2)), (0, (3, 1)), (0, (8, 2, 1, 2, 1, 2)),
    (0, (10, 3)), (0, (2, 2)),
)  # fmt: skip
INK = "#222222"
"""Colour of text; some colours of the series are too light for letters."""
GREY = "#555555"
"""Colour of axes, footnotes and other secondary text."""
LIGHT_GREY = "#DDDDDD"
"""Colour of grid lines and hatching."""
BAR_BLUE = "#77A6CE"
"""Colour of bars, light enough for the whiskers on them."""
BAR_GREY = "#E4E4E4"
"""Colour of the bars up to an upper bound, light enough for the labels on them."""
HATCH = "////"
"""Pattern of incomplete years."""
LOWER_BOUND_LINE: dict[str, Any] = {"linestyle": (0, (2, 3)), "alpha": 0.5, "linewidth": 1.0}
"""Style of lines from and to lower bounds."""

WIDTH = 8.0
"""Width of a chart in inches, about the text width of a page."""
MARGIN = 0.15
"""Around the picture, in inches."""
SMALL, MEDIUM, LARGE = 7.0, 8.5, 12.0
"""Font sizes of footnotes, labels and the title, in points."""

RC_PARAMS: dict[str, Any] = {
    # matplotlib makes ids from random numbers otherwise; with a fixed salt the same chart has the
    # same bytes, and version control shows real changes only
    "svg.hashsalt": "papertally",
    # text stays text in the SVG, so that it can be searched and read aloud
    "svg.fonttype": "none",
    # a dollar sign in a name does not begin a formula
    "text.parse_math": False,
    "font.sans-serif": ["DejaVu Sans"],
    "font.size": MEDIUM,
    "axes.unicode_minus": False,
    "axes.spines.top": False,
    "axes.spines.right": False,
    "axes.edgecolor": GREY,
    "axes.axisbelow": True,
    "grid.color": LIGHT_GREY,
    "grid.linewidth": 0.6,
    "hatch.linewidth": 0.6,
    "xtick.color": GREY,
    "xtick.labelcolor": INK,
    "ytick.color": GREY,
    "ytick.labelcolor": INK,
}
