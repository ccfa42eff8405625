"""The sheet a chart is drawn on: measures words, breaks lines, gives everything its place.

All places are inches from the lower left corner, because the height is known only when all is placed. matplotlib's
own layout would draw everything twice to find that out.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from io import BytesIO
from typing import TYPE_CHECKING, Any

from papertally.report.chart.style import EDGE, GREY, INK, LARGE, MIDDLE, SMALL, WIDTH

if TYPE_CHECKING:
    from matplotlib.axes import Axes

_DPI = 200
_POINTS = 72
"""To an inch."""
_LINE = 1.35
"""Height of a line by the size of its letters."""
_WIDE = "\u2e80-\u9fff\uac00-\ud7af\uf900-\ufaff\uff00-\uffef"
_SQUARE = "\u4e2d"
"""A letter as wide as all Chinese ones."""
_CLOSING = "，。、；：！？）】》%"
_BLANKS = re.compile(r"[ \t\r\n]+")
_PIECES = re.compile(rf" +|[{_WIDE}][{_CLOSING}]*|[^ {_WIDE}]+[{_CLOSING}]*")
"""What a line is broken between: words, and Chinese letters with the signs that must not begin a line."""


class ChartLayout:
    """A picture under way."""

    def __init__(self) -> None:
        from matplotlib.backends.backend_agg import FigureCanvasAgg
        from matplotlib.figure import Figure

        self.figure = Figure(figsize=(WIDTH, 1), dpi=_DPI)
        self._renderer: Any = FigureCanvasAgg(self.figure).get_renderer()  # type: ignore[no-untyped-call]
        self._plots: list[tuple[Axes, tuple[float, float, float, float]]] = []
        self._widths: dict[tuple[str, float, bool], float] = {}

    def width(self, text: str, points: float = MIDDLE, *, bold: bool = False) -> float:
        """Measure the longest line of a text, in inches."""
        key = (text, points, bold)
        if key not in self._widths:
            from matplotlib.font_manager import FontProperties

            font = FontProperties(size=points, weight="bold" if bold else "normal")
            sizes = [
                self._renderer.get_text_width_height_descent(line, font, False)
                for line in text.split("\n")
            ]
            self._widths[key] = max(float(size[0]) for size in sizes) / _DPI
        return self._widths[key]

    def height(self, lines: int, points: float = MIDDLE) -> float:
        """Give the height of some lines, in inches."""
        return lines * _LINE * points / _POINTS

    def wrap(
        self, text: str, width: float, points: float = MIDDLE, *, bold: bool = False, most: int = 99
    ) -> list[str]:
        """Break a text into at most `most` lines of `width` inches; what does not fit ends in three dots."""
        text = _BLANKS.sub(" ", text)
        if self.width(text, points, bold=bold) <= width:
            return [text]
        lines = [
            line.rstrip() for line in self._break(text, width, points, bold) if line.strip()
        ] or [""]
        if len(lines) <= most:
            return lines
        last = lines[most - 1]
        while last and self.width(last + "…", points, bold=bold) > width:
            last = last[:-1]
        return [*lines[: most - 1], last + "…"]

    def _break(self, text: str, width: float, points: float, bold: bool) -> list[str]:
        """Break a text between words and Chinese letters; a word longer than a line is broken anywhere."""
        lines, room = [""], width
        pieces = _PIECES.findall(text)
        while pieces:
            piece = pieces.pop(0)
            wide = self._advance(piece, points, bold)
            if wide > width and len(piece) > 1:
                pieces[:0] = list(piece)
                continue
            if wide > room and piece.strip():
                lines.append("")
                room = width
            lines[-1] += piece
            room -= wide
        return lines

    def _advance(self, piece: str, points: float, bold: bool) -> float:
        """Measure a piece of a line fast: Chinese letters are all of one width, and measuring takes long."""
        if not piece.strip():
            return len(piece) * (
                self.width("n n", points, bold=bold) - self.width("nn", points, bold=bold)
            )
        if re.fullmatch(f"[{_WIDE}]+", piece):
            return len(piece) * self.width(_SQUARE, points, bold=bold)
        return self.width(piece, points, bold=bold)

    def write(self, x: float, y: float, text: str, points: float = MIDDLE, **options: Any) -> None:
        """Write a text at a place; its lower left corner is there unless the options say otherwise."""
        usual: dict[str, Any] = {"va": "bottom", "linespacing": 1.15, "color": INK}
        self.figure.text(
            x, y, text, fontsize=points, transform=self.figure.dpi_scale_trans, **(usual | options)
        )

    def line(self, xs: Sequence[float], ys: Sequence[float], **options: Any) -> None:
        """Draw a line or marks outside the plots."""
        from matplotlib.lines import Line2D

        self.figure.add_artist(Line2D(xs, ys, transform=self.figure.dpi_scale_trans, **options))

    def plot(self, left: float, bottom: float, width: float, height: float) -> Axes:
        """Add a plot."""
        axes = self.figure.add_axes((0.0, 0.0, 1.0, 1.0), label=f"plot {len(self._plots)}")
        self._plots.append((axes, (left, bottom, width, height)))
        return axes

    def foot(self, notes: Sequence[str]) -> float:
        """Write the notes at the lower edge and return where they end."""
        lines = [line for note in notes for line in self.wrap(note, WIDTH - 2 * EDGE, SMALL)]
        y = EDGE
        for line in reversed(lines):
            self.write(EDGE, y, line, SMALL, color=GREY)
            y += self.height(1, SMALL)
        return y

    def head(self, title: str, axis: str, bottom: float) -> None:
        """Write title and axis label over everything and close the sheet."""
        y = bottom + 0.08
        if axis:
            self.write(EDGE, y, axis, MIDDLE, color=GREY)
            y += self.height(1, MIDDLE) + 0.06
        for line in reversed(self.wrap(title, WIDTH - 2 * EDGE, LARGE, bold=True)):
            self.write(EDGE, y, line, LARGE, fontweight="bold")
            y += self.height(1, LARGE)
        height = y + EDGE
        self.figure.set_size_inches(WIDTH, height)
        for axes, (left, low, wide, high) in self._plots:
            axes.set_position((left / WIDTH, low / height, wide / WIDTH, high / height))

    def save(self, form: str) -> bytes:
        """Give the picture as `png` or `svg`, without dates or versions in it."""
        buffer = BytesIO()
        metadata = {"Date": None, "Creator": None} if form == "svg" else {"Software": None}
        self.figure.savefig(buffer, format=form, dpi=_DPI, metadata=metadata)
        return buffer.getvalue()
