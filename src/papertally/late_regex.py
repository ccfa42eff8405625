"""Regular expressions that are compiled when they are first used, because few commands need all."""

import re
from collections.abc import Callable
from typing import Any, AnyStr, cast


class _LateRegex:
    """Stands for an expression until one of its methods is called."""

    def __init__(self, make: Callable[[], Any]) -> None:
        self._make = make

    def __getattr__(self, name: str) -> Any:
        found = getattr(self.__dict__.setdefault("_made", self._make()), name)
        setattr(self, name, found)  # from now on it is found at once
        return found


def compile_late(pattern: AnyStr, flags: int = 0) -> re.Pattern[AnyStr]:
    """Return an expression of Python's, compiled at its first use."""
    return cast("re.Pattern[AnyStr]", make_late(lambda: re.compile(pattern, flags)))


def make_late(make: Callable[[], Any]) -> Any:
    """Return the expression that `make` compiles at its first use."""
    return _LateRegex(make)
