r"""Weaker expressions for the one pass that tells which names can occur in a text.

An expression such as `[a-z]+torch` can begin at every letter. Several of them in one set make RE2
keep a state for each combination of beginnings, which takes longer than all other names together.
For the pass `torch` is enough: whatever `[a-z]+torch` matches holds it.
"""

import re

_MIN_LETTERS = 3
"""Letters of a piece of plain text that is worth looking for."""

_ATOM = r"\\.|\[\^?\]?(?:\[:\w+:\]|\\.|[^\]\\])*\]|[^\\\[()|]"
_REPEAT = r"(?:[*+?]|\{[0-9,]+\})\??"
_FLAGS = r"\(\?[a-zA-Z-]+\)"
_PIECE = re.compile(rf"{_FLAGS}|(?:{_ATOM})(?:{_REPEAT})?", re.DOTALL)
_WITHIN_GROUP = re.compile(rf"{_ATOM}|[()|]", re.DOTALL)
_AFTER_GROUP = re.compile(rf"(?:{_REPEAT})?")
_PLAIN = re.compile(r"[^\\\[.^$]|\\\W", re.DOTALL)
"""A piece that matches one character only."""
_LOOP = re.compile(r"[*+]|\{[0-9]")
_UNCOMMON = re.compile(r"\\[^\W_bBdDsSwWnrtf]|\\$")
"""Escapes that are longer than two characters, such as `\\x41`, or quote what follows."""


def weakened(expression: str) -> str:
    r"""Return an expression that matches wherever this one does, without loops at its beginning.

    >>> weakened(r"\b[a-z]+torch[0-9]?\b|\btorch-[a-z]+")
    'torch[0-9]?\\b|\\btorch-[a-z]+'
    """
    if _UNCOMMON.search(expression):
        return expression
    branches = _branches(expression)
    return "|".join(map(_weakened_branch, branches)) if branches else expression


def _weakened_branch(pieces: list[str]) -> str:
    """Cut what stands before the longest plain text of a branch, if there is a loop in it."""
    start, length = 0, 0
    first, letters = 0, 0
    for at, piece in enumerate(pieces):
        if not _PLAIN.fullmatch(piece):
            first, letters = at + 1, 0
            continue
        letters += piece.isalnum()
        if letters > length:
            start, length = first, letters
    cut, kept = pieces[:start], pieces[start:]
    if length < _MIN_LETTERS or not any(map(_LOOP.search, cut)):
        return "".join(pieces)
    # flags hold to the end of the expression
    return "".join([piece for piece in cut if re.fullmatch(_FLAGS, piece)] + kept)


def _branches(expression: str) -> list[list[str]]:
    """Split an expression into its alternatives, and these into pieces; a group is one piece.

    The list is empty if the parentheses do not match.
    """
    branches: list[list[str]] = [[]]
    at = 0
    while at < len(expression):
        if expression[at] == "|":
            branches.append([])
            at += 1
            continue
        piece = _PIECE.match(expression, at)
        end = piece.end() if piece else _end_of_group(expression, at)
        if end <= at:
            return []
        branches[-1].append(expression[at:end])
        at = end
    return branches


def _end_of_group(expression: str, start: int) -> int:
    """Return where a group and its repetition end; 0 if it does not."""
    depth, at = 0, start
    while found := _WITHIN_GROUP.match(expression, at):
        at = found.end()
        depth += {"(": 1, ")": -1}.get(found[0], 0)
        if depth <= 0:
            repeat = _AFTER_GROUP.match(expression, at)
            return repeat.end() if repeat else at
    return 0
