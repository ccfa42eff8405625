"""The table that `papertally status` prints."""

from io import StringIO
from typing import TYPE_CHECKING, Any

from papertally.models import Ledger

if TYPE_CHECKING:
    from rich.table import Table

_WIDTH = 140


def login_line(login: dict[str, Any]) -> str:
    """Say whether runs have a token, and until when."""
    if login["problem"]:
        return f"the login cannot be used: {login['problem']}"
    renewed = ", renewed by itself" if login["renewable"] else ""
    if not login["token"]:
        return f"not logged in to OpenReview: {'runs log in by themselves' if renewed else '`papertally login`'}"
    if login["expired"]:
        cure = renewed or ": `papertally login`, or set OPENREVIEW_TOKEN anew"
        return f"OpenReview token expired on {login['valid_until']}{cure}"
    until = (
        f"valid until {login['valid_until']}"
        if login["valid_until"]
        else "valid for a time it does not tell"
    )
    return f"OpenReview token {until}{renewed}"


def _year_lines(year: dict[str, Any], *, verbose: bool) -> list[str]:
    """Say when a year with missing papers will be complete, and what left its listing."""
    name, lines = f"{year['venue']} {year['year']}", []
    if year["days_to_complete"]:
        lines.append(f"{name}: {_forecast(year)}")
    if year["not_to_be_had"]:
        reasons = "; ".join(
            f"{reason} ({count:,})" for reason, count in year["not_to_be_had"].items()
        )
        lines.append(f"{name}: could not be had: {reasons}")
    if refused := year["refused"]:
        lines.append(
            f"{name}: {refused:,} could not be had, asked for again once a day and not counted on"
        )
    if originals := year["originals_to_fetch"]:
        lines.append(
            f"{name}: {originals:,} of {year['listed']:,} papers have a first submitted PDF to fetch"
        )
    if newer := year["newer_to_fetch"]:
        lines.append(f"{name}: {newer:,} of {year['listed']:,} papers have a newer PDF to fetch")
    if year["left"]:
        which = f": {', '.join(year['left_papers'])}" if verbose else ""
        lines.append(
            f"{name}: {year['left']:,} papers of earlier listings have left it and are not counted{which}"
        )
    return lines


def _forecast(year: dict[str, Any]) -> str:
    """Say how long the rest takes, and what that rests on."""
    from papertally.fetch.estimate import duration

    files, window = f"{year['rate_files']:,}", duration(year["rate_seconds"])
    seconds = year["to_fetch"] * year["rate_seconds"] / year["rate_files"]
    rest = f"complete in about {duration(seconds)}"
    if year["rate_from"] == "quota":
        return f"{year['to_fetch']:,} to fetch: {rest} at the quota last seen, {files} files per {window}"
    return f"{year['to_fetch']:,} to fetch, {files} came in the last {window.removeprefix('1 ')}: {rest} at that rate"


def as_table(state: dict[str, Any], width: int | None = None, *, verbose: bool = False) -> str:
    """Draw the state of a workspace for a terminal of `width` columns, or for a file."""
    from rich.console import Console

    console = Console(
        file=(out := StringIO()), width=width or _WIDTH, highlight=False, no_color=True
    )
    head = [f"workspace {state['workspace']}, {state['bytes'] / 1e6:,.1f} MB"]
    head += [f"at work now: {state['running']}"] if state["running"] else []
    for line in (*head, login_line(state["login"])):
        console.print(line, soft_wrap=True, markup=False)
    console.print(_years_table(state["years"]) if state["years"] else "nothing is stored yet")
    for line in (line for year in state["years"] for line in _year_lines(year, verbose=verbose)):
        console.print(line, soft_wrap=True, markup=False)
    if state["runs"]:
        console.print(_runs_table(state["runs"]))
    return "\n".join(line.rstrip() for line in out.getvalue().splitlines()).strip("\n") + "\n"


def _years_table(years: list[dict[str, Any]]) -> "Table":
    """Give each year's ledger, with those of its columns that any year has use for."""
    from rich.box import SIMPLE_HEAD
    from rich.table import Table

    used = [ledger for ledger in Ledger if any(year["ledger"][ledger] for year in years)]
    table = Table(box=SIMPLE_HEAD, pad_edge=False)
    for head in ("year", "listing", "listed", *used, "to extract"):
        table.add_column(head, justify="left" if head in ("year", "listing") else "right")
    for year in years:
        counts = [f"{year['ledger'][ledger]:,}" for ledger in used]
        table.add_row(
            f"{year['venue']} {year['year']}", year["listing_date"] or "none", f"{year['listed']:,}", *counts,
            f"{year['to_extract']:,}",
        )  # fmt: skip
    return table


def _runs_table(runs: list[dict[str, Any]]) -> "Table":
    from rich.box import SIMPLE_HEAD
    from rich.table import Table
    from rich.text import Text

    table = Table(box=SIMPLE_HEAD, pad_edge=False)
    for head in ("last runs", "started (UTC)", "exit code", "outcome"):
        table.add_column(
            head, overflow="fold"
        )  # an outcome says what to do; no part of it may be cut off
    for run in runs:
        code = "–" if run["exit_code"] is None else str(run["exit_code"])
        outcome = Text(
            run["outcome"] or "running, or killed"
        )  # not markup: it may name a folder such as [a]
        table.add_row(run["command"], run["started"][:19], code, outcome)
    return table
