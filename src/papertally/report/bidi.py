"""Names written from right to left among words and numbers written from left to right."""

from unicodedata import bidirectional

MARK = "\u200e"
"""The left-to-right mark, which is not seen."""
_RIGHT_TO_LEFT = {"R", "AL", "AN"}


def left_to_right(name: str) -> str:
    """Put marks around a name with right-to-left letters, else numbers after it would be shown in reverse order.

    >>> left_to_right("Keras")
    'Keras'
    """
    if not any(bidirectional(letter) in _RIGHT_TO_LEFT for letter in name):
        return name
    return f"{MARK}{name.strip(MARK)}{MARK}"
