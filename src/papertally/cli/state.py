"""The table that `papertally status` prints."""

from io import StringIO
from typing import Any

from papertally.model import Ledger

_WIDTH = 140


def _login_line(login: dict[str, Any]) -> str:
    if not login["token"]:
        return "not logged in to OpenReview: `papertally login`"
    until = f"valid until {login['valid_until']}" if login["valid_until"] else "valid for a time it does not tell"
    return f"OpenReview token {until}{', renewed by itself' if login['renewable'] else ''}"


def _pace_lines(years: list[dict[str, Any]]) -> list[str]:
    """Say when years with missing papers will be complete, and what left their listings."""
    lines = []
    for year in years:
        name, missing = f"{year['venue']} {year['year']}", year["ledger"][Ledger.NOT_FETCHED]
        if year["days_to_complete"]:
            lines.append(
                f"{name}: {missing:,} missing, {year['fetched_last_day']:,} fetched in the last day: complete in about "
                f"{year['days_to_complete']:,.1f} days at that rate"
            )
        if newer := year["newer_to_fetch"]:
            lines.append(f"{name}: {newer:,} of {year['listed']:,} papers have a newer PDF to fetch")
        if year["left"]:
            lines.append(f"{name}: {year['left']:,} papers of earlier listings have left it and are not counted")
    return lines


def as_table(state: dict[str, Any], width: int | None = None) -> str:
    """Draw the state of a workspace for a terminal of `width` columns, or for a file."""
    from rich.box import SIMPLE_HEAD
    from rich.console import Console
    from rich.table import Table
    from rich.text import Text

    console = Console(file=(out := StringIO()), width=width or _WIDTH, highlight=False, no_color=True)
    console.print(f"workspace {state['workspace']}, {state['bytes'] / 1e6:,.1f} MB", soft_wrap=True, markup=False)
    if state["running"]:
        console.print(f"at work now: {state['running']}", soft_wrap=True, markup=False)
    console.print(_login_line(state["login"]), soft_wrap=True, markup=False)
    used = [ledger for ledger in Ledger if any(year["ledger"][ledger] for year in state["years"])]
    years = Table(box=SIMPLE_HEAD, pad_edge=False)
    for head in ("year", "listing", "listed", *used, "to extract"):
        years.add_column(head, justify="left" if head in ("year", "listing") else "right")
    for year in state["years"]:
        counts = [f"{year['ledger'][ledger]:,}" for ledger in used]
        years.add_row(
            f"{year['venue']} {year['year']}", year["listing_date"] or "none", f"{year['listed']:,}", *counts,
            f"{year['to_extract']:,}",
        )  # fmt: skip
    console.print(years)
    for line in _pace_lines(state["years"]):
        console.print(line, soft_wrap=True, markup=False)
    runs = Table(box=SIMPLE_HEAD, pad_edge=False)
    for head in ("last runs", "started (UTC)", "exit code", "outcome"):
        runs.add_column(head, overflow="fold")  # an outcome says what to do; no part of it may be cut off
    for run in state["runs"]:
        code = "–" if run["exit_code"] is None else str(run["exit_code"])
        outcome = Text(run["outcome"] or "running, or killed")  # not markup: it may name a folder such as [a]
        runs.add_row(run["command"], run["started"][:19], code, outcome)
    console.print(runs)
    return "\n".join(line.rstrip() for line in out.getvalue().splitlines()).strip("\n") + "\n"
