"""The Flask application: its addresses, what it refuses, and the headers of each answer."""

import ipaddress
import logging
import re
import socket
from typing import Any

from flask import Flask, Response, abort, render_template, request
from werkzeug.exceptions import HTTPException

from papertally import __version__
from papertally.errors import PapertallyError, UsageError, WorkspaceError
from papertally.models import Scope
from papertally.report.render.html import stylesheet
from papertally.settings import Settings
from papertally.web import routes
from papertally.web.hits import TooSlowError
from papertally.web.library import LibraryShelf
from papertally.web.requests import link
from papertally.web.turns import end_turn, take_turn

_POLICY = (
    "default-src 'none'; style-src 'self'; script-src 'self'; img-src 'self' data:; "
    "form-action 'self'; base-uri 'none'; frame-ancestors 'none'"
)
"""Nothing is loaded from elsewhere, and no script or style stands within a page."""
_HEADERS = {
    "Content-Security-Policy": _POLICY,
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    "Referrer-Policy": "no-referrer",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cache-Control": "private, no-cache",
}
_NAMES = {
    405: "Only GET and HEAD are answered",
    404: "There is no such page",
    400: "A wrong address",
}
_METHODS = ("GET", "HEAD")
_HOST = re.compile(r"(\[[0-9A-Fa-f:.]{2,45}\]|[A-Za-z0-9._-]{1,253})(?::[0-9]{1,5})?", re.ASCII)
"""A name or address, and a port: nothing of an address's other parts."""
_log = logging.getLogger("papertally")


def make_app(settings: Settings, scope: Scope, host: str, *, full_text: bool = False) -> Flask:
    """Make the application; `host` is the name or address that the user binds it to."""
    app = Flask(__name__)
    app.config["PROVIDE_AUTOMATIC_OPTIONS"] = False
    app.jinja_options = {"trim_blocks": True, "lstrip_blocks": True}
    shelf = LibraryShelf(settings, scope)
    style = stylesheet() + _own_style(app)
    names = {"localhost", host.lower(), socket.gethostname().lower()}

    @app.before_request
    def refuse_strangers() -> Response | None:
        """Refuse a name that is not this machine's: a page elsewhere may have let it lead here."""
        if not is_own_host(request.headers.get("Host", ""), names):
            text = "This server does not answer for that name: use its address, or localhost.\n"
            return Response(text, 421, mimetype="text/plain")
        if request.method not in _METHODS:
            abort(405)
        take_turn()
        return None

    @app.teardown_request
    def end(_error: BaseException | None) -> None:
        end_turn()

    @app.after_request
    def add_headers(response: Response) -> Response:
        for name, value in _HEADERS.items():
            response.headers.setdefault(name, value)
        return response

    @app.get("/style.css")
    def style_sheet() -> Response:
        return Response(style, mimetype="text/css", headers={"Cache-Control": "max-age=3600"})

    @app.context_processor
    def shared() -> dict[str, Any]:
        return {"version": __version__, "link": link}

    @app.errorhandler(Exception)
    def explain(error: Exception) -> tuple[str | Response, int]:
        return _explain(error)

    routes.add(app, shelf, full_text=full_text)
    return app


def _own_style(app: Flask) -> str:
    with app.open_resource("static/pages.css", "r", encoding="utf-8") as file:
        return str(file.read())


def is_own_host(header: str, names: set[str]) -> bool:
    """Return whether a Host header names this machine: by an address or a known name.

    >>> is_own_host("127.0.0.1:8000", set()), is_own_host("evil.example:8000", {"localhost"})
    (True, False)
    """
    named = _HOST.fullmatch(header)
    if not named:
        return False
    host = named[1].lower().rstrip(".")
    if host in names:
        return True
    try:
        ipaddress.ip_address(host.strip("[]"))
    except ValueError:
        return False
    return True  # a name that was made to lead here is no address


def _explain(error: Exception) -> tuple[str | Response, int]:
    """Return the page of an error, or a line of text if no page was asked for."""
    if isinstance(error, HTTPException):
        code = error.code or 500
        title, text = _NAMES.get(code, "That did not work"), ""
    elif isinstance(error, TooSlowError):
        code, title, text = 503, "This took too long", str(error)
    elif isinstance(error, WorkspaceError):
        code, title, text = 503, "The papers cannot be read now", str(error)
    elif isinstance(error, UsageError):
        code, title, text = 400, "This cannot be asked", str(error)
    elif isinstance(error, PapertallyError):
        code, title, text = 503, "This cannot be answered now", str(error)
    else:
        _log.error("a bug in a page", exc_info=error)
        code, title, text = 500, "A bug in papertally", "please report it, with this address"
    if request.path in routes.FILES:
        plain = Response(
            f"{title}: {text}\n" if text else f"{title}\n", code, mimetype="text/plain"
        )
        plain.headers["X-Content-Type-Options"] = "nosniff"
        return plain, code
    page = render_template("error.html", title=title, text=text, q=request.args.get("q", "")[:200])
    response = Response(page, code)
    if code == 405:
        response.headers["Allow"] = "GET, HEAD"
    return response, code
