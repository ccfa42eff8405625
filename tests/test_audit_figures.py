"""The figures of an audit beside statsmodels, and verdicts after later changes."""

import random
import re
from pathlib import Path

import pytest
from rich.cells import cell_len

from papertally.audit.metrics import (
    cohens_kappa,
    majority_verdict,
    paper_precision,
    stratified_share,
)
from papertally.models import Verdict
from papertally.report.audit_summary import AuditFigures
from papertally.report.cross_checks import correct
from tests.helpers.audit import (
    RunAudit,
    figures_of,
    read_figures,
    read_sheet,
    shown_sentences,
    store_papers_to_audit,
    stored_verdicts,
    write_papers,
    write_sheet,
)
from tests.helpers.command import Result, Run
from tests.helpers.pdfs import FILLER

USE, MEN, OTH, UNS = Verdict.USE, Verdict.MENTION, Verdict.OTHER, Verdict.UNSURE


def interval(right: float, judged: float) -> tuple[float, float]:
    """Return Wilson's interval as statsmodels computes it."""
    # imported here because it takes seconds
    from statsmodels.stats.proportion import proportion_confint

    low, high = proportion_confint(right, judged, method="wilson")
    return float(low), float(high)


def test_the_table_is_aligned_with_names_of_wide_characters(
    run_audit: RunAudit, audited: Path
) -> None:
    (audited / "own.toml").write_text(
        '[pytorch]\nname = "火炬框架名"\naliases = ["PyTorch"]\n', encoding="utf-8"
    )
    table = (
        run_audit("u\n" * 15, "--near-misses", "0", "--lexicon", audited / "own.toml")
        .out.split("\n\n")[0]
        .splitlines()
    )
    assert any("火炬框架名" in line for line in table)
    assert len({cell_len(line.rstrip()) for line in table}) == 1


def test_precision_is_that_of_statsmodels(
    run_audit: RunAudit, audited: Path, workspace: Path
) -> None:
    run_audit("u\n" * 5 + "m\no\n?\n", "-f", "pytorch")
    figures = figures_of(workspace, "pytorch")
    assert (
        figures.mentions,
        figures.judged,
        figures.use,
        figures.mention,
        figures.other,
        figures.unsure,
    ) == (
        14,
        8,
        5,
        1,
        1,
        1,
    )
    assert figures.precision == 6 / 7
    assert (figures.low, figures.high) == pytest.approx(interval(6, 7))
    assert correct(70, AuditFigures("keras")) is None


def hand_checked(run: Run, folder: Path, *words: object) -> Result:
    """Judge the sample of MXNet as wrong in the paper `big`, as right elsewhere."""
    (folder / "s.csv").unlink(missing_ok=True)
    run("audit", "toy", 2020, "-f", "mxnet", *words, "--sheet-out", folder / "s.csv")
    rows = read_sheet(folder / "s.csv")
    write_sheet(
        folder / "t.csv",
        [row | {"verdict": "other" if row["paper"] == "big" else "use"} for row in rows],
    )
    return run("audit", "toy", 2020, "--sheet-in", folder / "t.csv")


@pytest.fixture
def one_big(run: Run, tmp_path: Path) -> Path:
    """One paper with 63 mentions that mean something else, thirty with one that does not."""
    big = "\n".join(f"Now {number} of MXNet." for number in range(63))
    small = {f"s{number:02d}": f"Trial {number} uses MXNet. It ran well." for number in range(30)}
    assert run("add", "toy", 2020, write_papers(tmp_path / "c", small | {"big": big})).code == 0
    return tmp_path


def test_corrected_counts_papers_exactly_where_all_was_judged(
    run: Run, one_big: Path, details: Run
) -> None:
    printed = hand_checked(run, one_big).out
    assert re.search(
        r"^MXNet +93 +30 +0 +63 +0 +32\.3% .* 31 +30 \(30 to 30\)", printed, re.MULTILINE
    )
    report = " ".join(details("toy", 2020).out.split())
    assert "2020: 31 counted, 30 corrected (30 to 30)" in report


def test_a_paper_with_many_mentions_is_one_paper_of_the_corrected_count(
    run: Run, one_big: Path
) -> None:
    printed = hand_checked(run, one_big, "--mentions", 30).out
    found = re.search(r"^MXNet +30 .* 31 +(\d+) \((\d+) to (\d+)\)", printed, re.MULTILINE)
    assert found, printed
    value, low, high = map(int, found.groups())
    assert value == 30, "not 31 x the precision of mentions, which is about a third"
    assert low < 30 < high
    told = " ".join(printed.split())
    assert "corrected: papers x the share of them that do mention it" in told
    assert "too low rather than too high" in told


def test_the_mean_of_many_samples_is_near_the_true_share_of_papers() -> None:
    chosen = random.Random(7)  # noqa: S311 - no secret
    papers = [((2018, "torch"), number) for number in range(40)]
    sizes = [63, 20, 9, 9, *[3] * 12, *[1] * 24]
    right = {paper: number >= 2 and number % 4 > 0 for number, paper in enumerate(papers)}
    mentions = [paper for paper, size in zip(papers, sizes, strict=True) for _ in range(size)]
    truth, shares, held = sum(right.values()) / len(papers), [], 0
    for _ in range(400):
        found = paper_precision(
            mentions, [(paper, right[paper]) for paper in chosen.sample(mentions, 40)]
        )
        assert found
        share, low, high = found
        shares.append(share)
        held += low <= truth <= high
    assert sum(shares) / len(shares) == pytest.approx(truth, abs=0.02)
    assert held / len(shares) > 0.9
    of_mentions = sum(map(right.__getitem__, mentions)) / len(mentions)
    assert abs(of_mentions - truth) > 0.2, "the precision of mentions says something else"


def test_the_share_of_papers_at_its_edges() -> None:
    one, two = ((2018, "a"), 1), ((2018, "a"), 2)
    assert paper_precision([one, two], []) is None
    assert paper_precision([one, one, two, two], [(one, True), (two, True)]) == (1, 1, 1), (
        "nothing is left to chance"
    )
    assert (
        paper_precision(
            [one, one, two, two], [(one, False), (one, True), (two, False), (two, False)]
        )
        == (0.5,) * 3
    )
    share, low, high = paper_precision([one, one, two], [(one, False)]) or (-1, -1, -1)
    assert (share, low) == (0, 0)
    assert 0 < high < 1


def counted(run: Run, folder: Path, *words: object) -> str:
    statuses = folder / "statuses.csv"
    statuses.write_text("id,status\ns01,accepted\nbig,accepted\n")
    assert run("add", "toy", 2020, "--statuses", statuses).code == 0
    return " ".join(run("report", "toy", 2020, "-f", "mxnet", *words, "--details").out.split())


@pytest.mark.parametrize(
    "words",
    [("--population", "accepted"), ("--zone", "body"), ("--count", "grouped"), ("--count", "only")],
)
def test_other_papers_than_those_checked_are_not_corrected(
    run: Run, one_big: Path, words: tuple[str, str], details: Run
) -> None:
    hand_checked(run, one_big)
    measured = "93 mentions of MXNet read in all papers and zones, precision overall 32.3 % ("
    plain, printed = counted(run, one_big), counted(run, one_big, *words)
    assert "30 corrected" in plain
    assert measured not in plain
    assert "corrected" not in printed
    assert measured in printed
    run("report", "toy", 2020, "-f", "mxnet", *words, "--out", one_big / "out")
    assert measured in (one_big / "out" / "method.md").read_text("utf-8")
    assert "全部论文" in details("toy", 2020, "-f", "mxnet", *words, "--lang", "zh").out


def test_all_together_is_weighted_by_the_strata() -> None:
    sizes = {(2018, "a"): 900, (2018, "b"): 100, (2019, "c"): 7}
    share, low, high = stratified_share(sizes, {(2018, "a"): (45, 50), (2018, "b"): (10, 50)})
    assert share == pytest.approx(0.9 * 45 / 50 + 0.1 * 10 / 50)
    effective = 1000**2 / (900**2 / 50 + 100**2 / 50)
    assert (low, high) == pytest.approx(interval(share * effective, effective))
    assert low < share < high
    assert stratified_share(sizes, {(2018, "a"): (3, 3), (2019, "c"): (2, 2)})[::2] == (1.0, 1.0)
    assert stratified_share(sizes, {(2018, "a"): (30, 40)}) == pytest.approx(
        (0.75, *interval(30, 40))
    )


def test_two_annotators_and_their_kappa(
    run_audit: RunAudit, audited: Path, workspace: Path
) -> None:
    first, second = "uuummoou", "umummou?"
    run_audit("\n".join(first) + "\n", "--annotator", "anna")
    run_audit("\n".join(second) + "\n", "--annotator", "ben")
    result = run_audit("", "--annotator", "ben")
    order = "umo?"
    table = [
        [sum((a, b) == (x, y) for a, b in zip(first, second, strict=True)) for y in order]
        for x in order
    ]
    from statsmodels.stats.inter_rater import cohens_kappa

    expected = cohens_kappa(table, return_results=True)["kappa"]
    audit = read_figures(workspace)
    assert audit
    (pair,) = audit.agreements
    assert (pair.first, pair.second, pair.items, pair.same, pair.software) == (
        "anna",
        "ben",
        8,
        5,
        6,
    )
    assert pair.kappa == pytest.approx(expected)
    assert audit.overall.kappa == pytest.approx(expected)
    assert (audit.overall.annotators, audit.overall.judged) == (2, 8)
    agreement = (
        "agreement of anna and ben: 5 of 8 alike in the four words, Cohen's kappa "
        f"{expected:.2f}; 6 of 8 alike on whether it is the software."
    )
    assert agreement in " ".join(result.out.split())


@pytest.mark.parametrize(
    ("pairs", "expected"),
    [
        ([], None),
        ([(USE, USE)] * 3, None),
        ([(USE, OTH), (OTH, USE)], -1.0),
        ([(USE, USE), (OTH, OTH)], 1.0),
        ([(USE, OTH)] * 3, 0.0),
    ],
)
def test_kappa_at_its_edges(pairs: list[tuple[Verdict, Verdict]], expected: float | None) -> None:
    assert cohens_kappa(pairs) == expected


def test_several_verdicts_are_settled_by_the_majority() -> None:
    for votes, settled in [
        ([USE], USE),
        ([USE, MEN], MEN),
        ([USE, USE, MEN], USE),
        ([USE, OTH], UNS),
        ([USE, MEN, OTH], MEN),
        ([OTH, OTH, USE], OTH),
        ([UNS, USE], USE),
        ([UNS], UNS),
    ]:
        assert majority_verdict(votes) == settled, votes


def test_near_misses_give_an_upper_view_on_recall(
    run_audit: RunAudit, audited: Path, workspace: Path
) -> None:
    run_audit("u\n" * 15 + "m\no\n")
    figures = figures_of(workspace, "pytorch")
    assert (
        figures.papers,
        figures.near,
        figures.near_judged,
        figures.near_true,
        figures.missed,
    ) == (14, 2, 2, 1, 1.0)
    assert figures.recall_view == figures.recall_low == 14 / 15, "every near miss was judged"
    assert figures_of(workspace, "keras").recall_view is None, "no near miss, no evidence"
    audit = read_figures(workspace)
    assert audit
    assert audit.overall.recall_view == 15 / 16
    result = run_audit("")
    assert "recall at most" in result.out
    assert "2 papers without a mention hold a near miss; 1 of 2 judged" in " ".join(
        result.out.split()
    )


def test_a_part_of_the_near_misses_gives_a_lower_view_on_recall_too(
    run: Run, audited: Path, workspace: Path
) -> None:
    for number in range(20):
        (audited / "a" / f"near{number}.txt").write_text(
            f"{FILLER}\nThis uses PyTorsh, number {number}.\n"
        )
    run("add", "toy", 2018, audited / "a")
    run("audit", "toy", 2018, "-f", "pytorch", "--sheet-out", audited / "s.csv")
    rows = read_sheet(audited / "s.csv")
    near = [row["key"] for row in rows if row["kind"] == "near"]
    path = audited / "t.csv"
    path.write_text(
        "key,verdict\n"
        + "".join(f"{key},{'use' if at < 2 else 'other'}\n" for at, key in enumerate(near[:10]))
    )
    run("audit", "toy", 2018, "-f", "pytorch", "--sheet-in", path)
    figures = figures_of(workspace, "pytorch")
    assert figures.near_judged == 10
    share = interval(
        2 * (figures.near - 1) / (figures.near - 10), 10 * (figures.near - 1) / (figures.near - 10)
    )
    assert figures.missed == figures.near * 2 / 10
    assert figures.recall_view == figures.papers / (figures.papers + figures.missed)
    assert figures.recall_low == pytest.approx(
        figures.papers / (figures.papers + figures.near * share[1])
    )


def test_recall_is_not_known_before_near_misses_are_judged(
    run_audit: RunAudit, audited: Path, workspace: Path
) -> None:
    result = run_audit("u\nu\n")
    assert figures_of(workspace, "pytorch").recall_view is None
    assert "recall: not known" in result.out


def test_nothing_judged_is_no_figure(run_audit: RunAudit, audited: Path, workspace: Path) -> None:
    assert read_figures(workspace) is None
    result = run_audit("")
    assert (result.code, result.out) == (0, "")
    assert "nothing is judged yet" in result.err


# What becomes of verdicts later


def test_a_changed_text_does_not_inherit_a_verdict(
    run: Run, run_audit: RunAudit, tmp_path: Path, workspace: Path
) -> None:
    store_papers_to_audit(tmp_path, run)  # here, as a file at another path is another paper
    run_audit("u\n", "-f", "keras")
    assert figures_of(workspace, "keras").judged == 1
    path = tmp_path / "a" / "k1.txt"
    path.write_text(f"New words stand in front. {FILLER}\nOne used Keras. It was good.\n")
    run("add", "toy", 2018, tmp_path / "a")
    result = run_audit("", "-f", "keras")
    assert figures_of(workspace, "keras").judged == 1, (
        "the same words elsewhere in the text are the same mention"
    )
    assert shown_sentences(result) == []
    path.write_text(f"{FILLER}\nNobody used Keras. It was bad.\n")
    run("add", "toy", 2018, tmp_path / "a")
    result = run_audit("", "-f", "keras")
    assert shown_sentences(result) == ["Nobody used [[Keras]]."]
    audit = read_figures(workspace)
    assert audit
    assert audit.frameworks == ()
    assert stored_verdicts(workspace) == [
        ("k1", "keras", stored_verdicts(workspace)[0][2], "use")
    ], "the evidence is kept"


def test_the_same_words_twice_are_two_items(run: Run, audited: Path, workspace: Path) -> None:
    again = f"{'x ' * 100}\nWe used MXNet here.\n{'x ' * 100}\n"
    run("add", "toy", 2018, write_papers(audited / "c", {"m": again + again}))
    run("audit", "toy", 2018, "-f", "mxnet", "--sheet-out", audited / "s.csv")
    assert len({row["key"] for row in read_sheet(audited / "s.csv")}) == 2


def test_verdicts_on_what_changed_rules_no_longer_find_are_not_used(
    run: Run, run_audit: RunAudit, audited: Path, workspace: Path
) -> None:
    run_audit("o\n" * 99)
    assert figures_of(workspace, "pytorch").judged == 14
    own = audited / "own.toml"
    own.write_text('[pytorch]\naliases = ["Trial one is written in PyTorch"]\n')
    result = run_audit("", "--lexicon", own)
    assert "Keras" in result.out
    assert "torch" not in result.out.lower(), "what is found now are other words"
    assert len(stored_verdicts(workspace, kind="hit")) == 15
    run_audit("q\n")
    assert figures_of(workspace, "pytorch").judged == 14


def test_a_near_miss_that_a_new_rule_finds_is_no_near_miss(
    run_audit: RunAudit, audited: Path, workspace: Path
) -> None:
    run_audit("u\n" * 99)
    own = audited / "own.toml"
    own.write_text('[pytorch]\naliases = ["PyTorch", "Pyt orch", "PyTroch"]\n')
    result = run_audit("", "--lexicon", own)
    assert "recall: not known" in result.out
