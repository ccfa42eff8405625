"""Logins that fail and stored tokens."""

import json
from pathlib import Path
from typing import Any

from papertally.demo.server import Handler
from tests.helpers.openreview import (
    Server,
)


def write_token(
    path: Path, server: Server, token: str, expires: float, made: float | None = None
) -> None:
    path.parent.mkdir(parents=True)
    fields: dict[str, Any] = {"token": token, "expires": expires, "host": server.v2}
    if made is not None:
        fields["made"] = made
    path.write_text(json.dumps(fields), encoding="utf-8")


def answer_logins(
    server: Server,
    status: int,
    document: Any,
    headers: dict[str, str] | None = None,
    times: int = 99,
) -> None:
    """Answer so many logins in this way, then as usual."""
    usual = server.log_in

    def log_in(handler: Handler, body: dict[str, Any]) -> None:
        if len(server.logins) <= times:
            handler.send_json(status, document, headers)
        else:
            usual(handler, body)

    server.log_in = log_in  # type: ignore[method-assign]
