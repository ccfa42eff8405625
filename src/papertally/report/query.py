"""What a report counts (population, rule, zone, counting, frameworks) and how it is shown."""

from collections.abc import Collection, Iterable
from dataclasses import dataclass
from enum import StrEnum

from papertally.errors import UsageError
from papertally.models import Counting, FrameworkInfo, LexiconInfo, Rule, Status
from papertally.report.i18n import Language, translate

ZONES = {
    "any": ("mentions",),
    "front": ("front",),
    "body": ("body",),
    "appendix": ("appendix",),
    "references": ("references",),
    "body+appendix": ("body", "appendix"),
}
"""Each zone that can be asked for, with the columns of papers.csv that hold its mentions."""


@dataclass(frozen=True, slots=True)
class ReportQuery:
    """What is to be counted."""

    statuses: tuple[Status, ...] = ()
    """The population; empty means all submissions."""
    rule: Rule = Rule.LEXICON
    frameworks: tuple[str, ...] = ()
    """Ids of the frameworks to show; empty for those that are frequent enough."""
    zone: str = "any"
    """A key of `ZONES`: `any` is the PDF's text, `front` the listing's title, abstract, TL;DR and keywords."""
    counting: Counting = Counting.ANY

    @property
    def population(self) -> str:
        """Name the population as the files do."""
        return ",".join(self.statuses) or "all"

    @property
    def columns(self) -> tuple[str, ...]:
        """Name the columns of papers.csv in which a number above zero makes a paper count."""
        return ZONES[self.zone] if self.rule == Rule.LEXICON else ("substring",)


class ChartForm(StrEnum):
    """The forms of the chart."""

    AUTO = "auto"
    """A slope chart for two years, lines for more, bars for one."""
    BARS = "bars"
    SLOPE = "slope"
    LINES = "lines"


class Measure(StrEnum):
    """What the chart's axis shows."""

    SHARE = "share"
    PAPERS = "papers"


@dataclass(frozen=True, slots=True)
class Display:
    """What is shown beside the plain table, and how."""

    wide: bool = False
    """Whether the table tells zones, and papers that mention a framework in the references or in addresses only."""
    robustness: bool = False
    """Whether the same count is shown under every reading, with the frameworks that papers mention together."""
    language: Language = Language.EN
    chart: ChartForm = ChartForm.AUTO
    measure: Measure = Measure.SHARE
    events: bool = False
    """Whether the chart marks the frameworks' first releases."""

    def translate(self, text: str, **values: object) -> str:
        """Return an English sentence in the display's language with its fields filled in."""
        return translate(text, self.language, **values)


def check_zone(question: ReportQuery) -> None:
    """Raise `UsageError` where the rule knows nothing of the zone asked for."""
    if question.zone != "any" and question.rule == Rule.SUBSTRING:
        raise UsageError(
            f"--rule substring knows the zone any alone, not {question.zone}: use --rule lexicon"
        )


def has_substring(framework: FrameworkInfo, lexicon: LexiconInfo) -> bool:
    """Tell whether the substring rule can look for a framework: a term that is an expression has no substring."""
    return bool(framework.substring) or not lexicon.is_of_terms


def check_terms(question: ReportQuery, lexicon: LexiconInfo) -> None:
    """Raise `UsageError` for what cannot be asked of terms: an expression's substring, and groups."""
    if not lexicon.is_of_terms:
        return
    if question.counting == Counting.GROUPED:
        raise UsageError(
            "--count grouped is for frameworks: terms have no groups; leave it out or use --count only"
        )
    asked = [
        one
        for one in lexicon.frameworks
        if one.id in question.frameworks or not question.frameworks
    ]
    without = [one.name for one in asked if not has_substring(one, lexicon)]
    if without and question.rule == Rule.SUBSTRING:
        raise UsageError(
            f"--rule substring cannot look for the regular expression of the term {', '.join(without)}; "
            "use --rule lexicon or a plain phrase"
        )


def check_frameworks(asked: Iterable[str], known: Collection[str]) -> None:
    """Raise `UsageError` where a framework that is asked for is not known."""
    for name in asked:
        if name not in known:
            raise UsageError(
                f"{name!r} is not a framework of the lexicon: known are {', '.join(sorted(known))}"
            )
