"""The picture of a chart: measures and wraps text and places everything in inches.

Positions are inches from the lower left corner, because the height of the picture is known only
when everything is placed. matplotlib's own layout engines would draw everything twice to find
the height.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from io import BytesIO
from typing import TYPE_CHECKING, Any

from papertally.report.chart.style import GREY, INK, LARGE, MARGIN, MEDIUM, SMALL, WIDTH

if TYPE_CHECKING:
    from matplotlib.axes import Axes

_DPI = 200
"""Pixels per inch of the PNG, enough for print."""
_POINTS_PER_INCH = 72
_LINE_HEIGHT = 1.35
"""In font sizes."""
_WIDE = "\u2e80-\u9fff\uac00-\ud7af\uf900-\ufaff\uff00-\uffef"
"""Chinese, Japanese and Korean characters and punctuation, as a regular expression's class."""
_SQUARE = "\u4e2d"
"""A character as wide as all Chinese ones."""
_CLOSING = "，。、；：！？）】》%"
"""Characters that must not begin a line."""
_SPACES = re.compile(r"[ \t\r\n]+")
_PIECES = re.compile(rf" +|[{_WIDE}][{_CLOSING}]*|[^ {_WIDE}]+[{_CLOSING}]*")
"""Pieces between which a line may be broken: words, and single Chinese characters."""


class ChartLayout:
    """A picture being composed: texts, lines and plots at their positions."""

    def __init__(self) -> None:
        from matplotlib.backends.backend_agg import FigureCanvasAgg
        from matplotlib.figure import Figure

        self.figure = Figure(figsize=(WIDTH, 1), dpi=_DPI)
        canvas: Any = FigureCanvasAgg(self.figure)  # matplotlib's canvas has no types
        self._renderer = canvas.get_renderer()
        self._plots: list[tuple[Axes, tuple[float, float, float, float]]] = []
        self._widths: dict[tuple[str, float, bool], float] = {}

    def text_width(self, text: str, points: float = MEDIUM, *, bold: bool = False) -> float:
        """Return the width of the longest line of a text, in inches."""
        key = (text, points, bold)
        if key not in self._widths:
            from matplotlib.font_manager import FontProperties

            font = FontProperties(size=points, weight="bold" if bold else "normal")
            widths = []
            for line in text.split("\n"):
                width, _, _ = self._renderer.get_text_width_height_descent(line, font, False)
                widths.append(float(width))
            self._widths[key] = max(widths) / _DPI
        return self._widths[key]

    def text_height(self, lines: int, points: float = MEDIUM) -> float:
        """Return the height of some lines of text, in inches."""
        return lines * _LINE_HEIGHT * points / _POINTS_PER_INCH

    def wrap(
        self, text: str, width: float, points: float = MEDIUM, *, bold: bool = False,
        max_lines: int = 99,
    ) -> list[str]:  # fmt: skip
        """Return a text as at most `max_lines` lines of `width` inches; a cut text ends in "…"."""
        text = _SPACES.sub(" ", text)
        if self.text_width(text, points, bold=bold) <= width:
            return [text]
        broken = [line.rstrip() for line in self._break(text, width, points, bold)]
        lines = [line for line in broken if line] or [""]
        if len(lines) <= max_lines:
            return lines
        last = lines[max_lines - 1]
        while last and self.text_width(last + "…", points, bold=bold) > width:
            last = last[:-1]
        return [*lines[: max_lines - 1], last + "…"]

    def _break(self, text: str, width: float, points: float, bold: bool) -> list[str]:
        """Break a text between its pieces; a piece longer than a line is broken anywhere."""
        # spaces at the end of a text are not measured, so they stand between letters here
        two_words = self.text_width("n n", points, bold=bold)
        space = two_words - self.text_width("nn", points, bold=bold)
        lines, room = [""], width
        pieces = _PIECES.findall(text)
        while pieces:
            piece = pieces.pop(0)
            if not piece.strip():
                piece_width = len(piece) * space
            elif re.fullmatch(f"[{_WIDE}]+", piece):
                # all have one width; to measure each would take most of a Chinese chart's time
                piece_width = len(piece) * self.text_width(_SQUARE, points, bold=bold)
            else:
                piece_width = self.text_width(piece, points, bold=bold)
            if piece_width > width and len(piece) > 1:
                pieces[:0] = list(piece)
                continue
            if piece_width > room and piece.strip():
                lines.append("")
                room = width
            lines[-1] += piece
            room -= piece_width
        return lines

    def add_text(
        self, x: float, y: float, text: str, points: float = MEDIUM, **options: Any
    ) -> None:
        """Add a text with its lower left corner at a position, unless the options differ."""
        defaults: dict[str, Any] = {"va": "bottom", "linespacing": 1.15, "color": INK}
        transform = self.figure.dpi_scale_trans
        self.figure.text(x, y, text, fontsize=points, transform=transform, **(defaults | options))

    def add_line(self, xs: Sequence[float], ys: Sequence[float], **options: Any) -> None:
        """Add a line or markers outside the plots."""
        from matplotlib.lines import Line2D

        self.figure.add_artist(Line2D(xs, ys, transform=self.figure.dpi_scale_trans, **options))

    def add_plot(self, left: float, bottom: float, width: float, height: float) -> Axes:
        """Add a plot; `finish` puts it at its position, when the height of the picture is known."""
        axes = self.figure.add_axes((0.0, 0.0, 1.0, 1.0), label=f"plot {len(self._plots)}")
        self._plots.append((axes, (left, bottom, width, height)))
        return axes

    def add_footnotes(self, notes: Sequence[str]) -> float:
        """Write the footnotes at the bottom and return the position above them."""
        lines = [line for note in notes for line in self.wrap(note, WIDTH - 2 * MARGIN, SMALL)]
        y = MARGIN
        for line in reversed(lines):
            self.add_text(MARGIN, y, line, SMALL, color=GREY)
            y += self.text_height(1, SMALL)
        return y

    def finish(self, title: str, bottom: float) -> None:
        """Write the title at the top, and set the picture's height."""
        y = bottom + 0.08
        for line in reversed(self.wrap(title, WIDTH - 2 * MARGIN, LARGE, bold=True)):
            self.add_text(MARGIN, y, line, LARGE, fontweight="bold")
            y += self.text_height(1, LARGE)
        picture = y + MARGIN
        self.figure.set_size_inches(WIDTH, picture)
        for axes, (left, low, width, height) in self._plots:
            axes.set_position((left / WIDTH, low / picture, width / WIDTH, height / picture))

    def save(self, file_format: str) -> bytes:
        """Return the picture as `png` or `svg`.

        Dates and versions of matplotlib are left out, so that the same chart has the same bytes.
        """
        buffer = BytesIO()
        metadata = {"Software": None}
        if file_format == "svg":
            metadata = {"Date": None, "Creator": None}
        self.figure.savefig(buffer, format=file_format, dpi=_DPI, metadata=metadata)
        return buffer.getvalue()
