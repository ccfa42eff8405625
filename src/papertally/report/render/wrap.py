"""Break texts into lines of a terminal, between words and never inside a name or a number."""

import re

from papertally.report.formatting import ARROW, NO_BREAK
from papertally.report.render.cells import cell_width

_PLACEHOLDER = "\ue000"
"""A private character in place of the blanks at which no line is broken."""

# Where a Chinese text may be broken: after a space, and next to any Chinese character, unless
# that would leave an opening mark at the end of a line or a closing one at the beginning.
_WIDE = "\u2e80-\u9fff\uff00-\uffef"
_OPENING, _CLOSING = r"（《「『“‘(\[", r"，。；：、！？）》」』”’,.;:!?)\]%"
_BREAK = re.compile(
    rf"(?<=\s)(?=\S)|(?<![{_OPENING}\s])(?![{_CLOSING}\s])(?:(?<=[{_WIDE}])|(?=[{_WIDE}]))"
)


def wrap(text: str, width: int, indent: str = "") -> list[str]:
    """Break a text into lines of at most `width` columns; a longer word has a line of its own."""
    lines = [indent]
    for piece in _BREAK.split(hold_together(text)):
        if lines[-1] != indent and cell_width(f"{lines[-1]}{piece}".rstrip()) > width:
            lines.append(indent)
        lines[-1] += piece
    return [line.rstrip().replace(_PLACEHOLDER, " ") for line in lines]


def wrap_command(text: str, width: int, indent: str = "") -> list[str]:
    """Break a command at its blanks that break no line, each with a backslash, as shells read it.

    What stands before the command, and the blanks in its words, are never broken.
    """
    words = text.split(NO_BREAK)
    if cell_width(f"{indent}{' '.join(words)}") <= width:
        return [f"{indent}{' '.join(words)}"]
    lines = [f"{indent}{words[0]}"]
    for word in words[1:]:
        if cell_width(f"{lines[-1]} {word} \\") > width:
            lines[-1] += " \\"
            lines.append(f"{indent}    {word}")
        else:
            lines[-1] += f" {word}"
    return lines


def hold_together(text: str) -> str:
    """Return a text whose numbers stay together with their percent signs and arrows."""
    text = text.replace(" %", f"{_PLACEHOLDER}%")
    text = text.replace(ARROW, ARROW.replace(" ", _PLACEHOLDER))
    return text.replace(NO_BREAK, _PLACEHOLDER)


def release(text: str) -> str:
    """Return a text with plain blanks again where `hold_together` put others."""
    return text.replace(_PLACEHOLDER, " ")


def pad(text: str, width: int, *, right: bool = True) -> str:
    """Fill a text up with blanks, on its left if it is to stand at the right."""
    blanks = " " * max(0, width - cell_width(text))
    return f"{blanks}{text}" if right else f"{text}{blanks}"
