"""What fetching tells people."""


class Important(str):
    """A line that must not be missed."""

    __slots__ = ()
