"""Which frameworks a paper mentions: `frameworks.toml` to rules, text to mentions."""

from papertally.match.lexicon import MATCHER_VERSION, Alias, Framework, Kind, Lexicon, Rule
from papertally.match.lexicon_file import load_lexicon
from papertally.match.matcher import Matcher

__all__ = [
    "MATCHER_VERSION",
    "Alias",
    "Framework",
    "Kind",
    "Lexicon",
    "Matcher",
    "Rule",
    "load_lexicon",
]
