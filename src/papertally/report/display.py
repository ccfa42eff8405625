"""How a report is shown: in which language, with which extra tables and columns."""

from dataclasses import dataclass
from enum import StrEnum
from functools import cache

from papertally.report.bidi import left_to_right


class Language(StrEnum):
    """The languages of reports."""

    EN = "en"
    ZH = "zh"


class Chart(StrEnum):
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
    chart: Chart = Chart.AUTO
    measure: Measure = Measure.SHARE
    events: bool = False
    """Whether the chart marks the frameworks' first releases."""

    def say(self, words: str, **values: object) -> str:
        """Fill in a sentence in the display's language; `words` is the English one, with fields in braces.

        The idiom is gettext's; a plain table of two languages needs no compiled catalogues.
        """
        if "framework" in values:
            values["framework"] = left_to_right(str(values["framework"]))
        if self.language == Language.EN:
            return words.format(**values)
        # Chinese sets no blank before a percent sign
        return _chinese()[words].format(**values).replace(" %", "%")


@cache
def _chinese() -> dict[str, str]:
    from papertally.report.chinese import CHINESE

    return CHINESE


def told(words: str) -> str:
    """Mark English words in a table of them, so that the test of the languages finds them; does nothing."""
    return words
