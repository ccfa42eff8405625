"""Fast calls of pdfium, for what is asked of every character or annotation."""

import ctypes
from collections.abc import Callable
from functools import cache
from typing import Any


@cache
def unchecked(name: str, returned: Any = ctypes.c_int) -> Callable[..., Any]:
    """Return a function of pdfium without checks of its arguments' types.

    Those checks take most of a call's time. Numbers are passed as C's int, all else has to be a
    `c_void_p`.
    """
    import pypdfium2.raw

    function = getattr(pypdfium2.raw, name)
    address = ctypes.cast(function, ctypes.c_void_p).value or 0
    return ctypes.CFUNCTYPE(returned)(address)
