"""Papers to audit, and what an audit stored."""

import csv
from collections.abc import Callable
from pathlib import Path

from papertally.audit.metrics import read_audit
from papertally.models import Scope
from papertally.report.audit_summary import Audit, AuditFigures
from papertally.store.workspace import Workspace
from tests.helpers.command import Result
from tests.helpers.lexicon import FRAMEWORKS
from tests.helpers.pdfs import FILLER

RunAudit = Callable[..., Result]


def write_papers(folder: Path, papers: dict[str, str]) -> Path:
    folder.mkdir(parents=True, exist_ok=True)
    for name, text in papers.items():
        (folder / f"{name}.txt").write_text(f"{FILLER}\n{text}\n", encoding="utf-8")
    return folder


def store_papers_to_audit(folder: Path, run: Callable[..., None]) -> None:
    """Store papers of PyTorch and Keras in 2018, and papers with near misses of PyTorch in 2019."""
    trial = "is written in PyTorch. It ran well."
    first = {f"p{number:02d}": f"Trial {number} {trial}" for number in range(12)}
    first["k1"] = "One used Keras. It was good."
    second = {
        "q1": f"Trial one {trial}",
        "q2": f"Trial two {trial}",
        "n1": "This is done in Pyt orch alone. It ran well.",
        "n2": "This is done in PyTroch alone. It ran well.",
    }
    run("add", "toy", 2018, write_papers(folder / "a", first))
    run("add", "toy", 2019, write_papers(folder / "b", second))
    run("extract", "toy")
    run("match", "toy")


def stored_verdicts(workspace: Path, **wanted: object) -> list[tuple[object, ...]]:
    """Return paper, framework, annotator and verdict of what is stored."""
    with Workspace(workspace) as open_one:
        return [
            (record.paper, record.framework, record.annotator, str(record.verdict))
            for record in open_one.verdicts.of(Scope("toy"))
            if all(getattr(record, name) == value for name, value in wanted.items())
        ]


def read_figures(workspace: Path) -> Audit | None:
    with Workspace(workspace) as open_one:
        scope = Scope("toy", (2018, 2019))
        rulesets = open_one.mentions.current_rulesets(FRAMEWORKS.fingerprints)
        return read_audit(open_one, scope, FRAMEWORKS, open_one.ledger.read_all(scope, rulesets))


def figures_of(workspace: Path, framework: str) -> AuditFigures:
    audit = read_figures(workspace)
    assert audit
    return next(one for one in audit.frameworks if one.framework == framework)


def read_sheet(path: Path) -> list[dict[str, str]]:
    with path.open(encoding="utf-8-sig", newline="") as file:
        return list(csv.DictReader(file))


def shown_sentences(result: Result) -> list[str]:
    """Return the sentences in the order of the questions."""
    return [line.strip() for line in result.err.splitlines() if "[[" in line]


def write_sheet(path: Path, rows: list[dict[str, str]], **style: str) -> None:
    """Write a sheet as some spreadsheet would."""
    style = {"encoding": "utf-8", "delimiter": ",", "lineterminator": "\n", "first": ""} | style
    with path.open("w", encoding=style.pop("encoding"), newline="") as file:
        file.write(f"{first}{style['lineterminator']}" if (first := style.pop("first")) else "")
        writer = csv.DictWriter(file, rows[0].keys(), **style)  # type: ignore[arg-type] # csv's own options
        writer.writeheader()
        writer.writerows(rows)
