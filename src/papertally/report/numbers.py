"""Numbers as people read them."""

ARROW = " → "
NO_BREAK = "\u00a0"
"""A blank at which no line is broken."""
UNKNOWN = "–"


def percent(share: float | None, digits: int = 1) -> str:
    """Write a share."""
    return UNKNOWN if share is None else f"{100 * share:.{digits}f} %"


def number(count: int | None) -> str:
    """Write a count; None is one that is not known."""
    return UNKNOWN if count is None else f"{count:,}"


def signed(value: float, digits: int = 1) -> str:
    """Write a change with its sign, a real minus; what rounds to nothing has none.

    >>> signed(-0.04)
    '0.0'
    """
    text = f"{value:+z,.{digits}f}".replace("-", "−")
    return text if text.strip("+0.") else text[1:]


def growth(before: int | None, after: int | None) -> str | None:
    """Write a change in per cent; None where there was nothing before and there is something now."""
    if before is None or after is None:
        return UNKNOWN
    if not before:
        return None if after else UNKNOWN
    return f"{signed(100 * (after - before) / before, 0)} %"


def points(before: float | None, after: float | None) -> str:
    """Write the difference of two shares in percentage points."""
    return UNKNOWN if before is None or after is None else signed(100 * (after - before))
