"""Read AND, OR, NOT and quoted phrases in what people search for."""

import re

from papertally.errors import UsageError
from papertally.match.finders import Clause

_WORD = re.compile(r'["“”]([^"“”]+)["“”](?!\S)|(\S+)')
_OPERATORS = ("AND", "OR", "NOT")
_QUOTES = re.compile('["“”]')
_JOINS = {"and": "AND", "or": "OR", "&": "AND", "&&": "AND", "+": "AND", "|": "OR", "||": "OR"}
"""What people write between words to combine them, with the operator that does so."""


def parse_terms(query: str) -> tuple[list[str], list[Clause]] | None:
    """Return the phrases of a query, and the clauses of which one must hold.

    None if it is one phrase alone. NOT binds more than AND, and AND more than OR; phrases beside
    each other are joined by AND. Raises `UsageError`.

    >>> parse_terms('gan OR "variational autoencoder" NOT image')[0]
    ['gan', 'variational autoencoder', 'image']
    """
    tokens = _split(query)
    if any(is_word and _is_open_quote(word) for word, is_word in tokens):
        raise UsageError(
            'QUERY has a quote that is not closed, or a letter beside one: write "a phrase"'
        )
    if all(is_word for _, is_word in tokens) and not any(word in _OPERATORS for word, _ in tokens):
        return None
    _refuse_groups(tokens)
    terms: dict[str, int] = {}
    clauses = []
    for alternative in _split_at_or(tokens):
        wanted, unwanted = set[int](), set[int]()
        for phrase, is_wanted in _phrases(alternative):
            number = terms.setdefault(phrase, len(terms))
            (wanted if is_wanted else unwanted).add(number)
        if not wanted:
            raise UsageError("NOT alone finds nothing: write also what is wanted, as in A NOT B")
        clauses.append(Clause(frozenset(wanted), frozenset(unwanted)))
    return list(terms), clauses


def suggest_terms(query: str) -> str:
    """Return the query that looks for the words of a phrase apart from each other.

    Empty if the query is one word, or combines phrases.

    >>> suggest_terms("lstm or gru"), suggest_terms("lstm gru")
    ('lstm OR gru', 'lstm AND gru')
    """
    words = query.split()
    if len(words) < 2 or _QUOTES.search(query) or any(word in _OPERATORS for word in words):
        return ""
    joined = [_JOINS.get(word, word.strip(",;")) for word in words]
    joined = [word for word in joined if word]
    if not any(word in _OPERATORS for word in joined):
        return " AND ".join(joined)
    suggested = " ".join(joined)
    try:
        return suggested if parse_terms(suggested) else ""
    except UsageError:  # nothing stands beside an operator
        return ""


def _is_open_quote(word: str) -> bool:
    """Return whether a word has one end of a quoted phrase; inches and a lone quote are text."""
    if len(_QUOTES.findall(word)) % 2 == 0:
        return False
    return bool(re.search(r'^["“”]\w|[^\W\d]["“”]', word))


def _refuse_groups(tokens: list[tuple[str, bool]]) -> None:
    """Raise `UsageError` if parentheses are to group phrases: they would be looked for as text."""
    phrases: list[list[str]] = [[]]
    for word, is_word in tokens:
        if is_word and word not in _OPERATORS:
            phrases[-1].append(word)
        else:
            phrases.append([])
    for phrase in map(" ".join, phrases):
        if phrase.count("(") != phrase.count(")"):
            raise UsageError(
                "parentheses in QUERY do not group: write A AND C OR B AND C for (A OR B) AND C; "
                "quotes find a parenthesis itself"
            )


def _split(query: str) -> list[tuple[str, bool]]:
    """Return words and quoted phrases in their order, with whether each is a word."""
    found = []
    for match in _WORD.finditer(query):
        quoted = " ".join((match[1] or "").split())
        if quoted or match[2]:
            found.append((quoted or match[2], not quoted))
    return found


def _split_at_or(tokens: list[tuple[str, bool]]) -> list[list[tuple[str, bool]]]:
    alternatives: list[list[tuple[str, bool]]] = [[]]
    for token in tokens:
        if token == ("OR", True):
            alternatives.append([])
        else:
            alternatives[-1].append(token)
    return alternatives


def _phrases(tokens: list[tuple[str, bool]]) -> list[tuple[str, bool]]:
    """Return the phrases between operators, with whether each is wanted. Raises `UsageError`."""
    phrases: list[tuple[str, bool]] = []
    is_open, is_wanted, joins = True, True, False
    for word, is_word in tokens:
        if is_word and word in ("AND", "NOT"):
            if word == "AND" and is_open:
                raise _misplaced("AND")
            if word == "NOT" and not is_wanted:
                raise _misplaced("NOT")
            is_open, is_wanted, joins = True, word == "AND", False
        elif is_word and joins:
            phrases[-1] = (f"{phrases[-1][0]} {word}", phrases[-1][1])
        else:
            phrases.append((word, is_wanted))
            is_open, is_wanted, joins = False, True, is_word
    if is_open:
        raise _misplaced("an operator")
    return phrases


def _misplaced(operator: str) -> UsageError:
    return UsageError(
        f"{operator} in QUERY needs a word or phrase on each side, as in A AND B, A OR B, A NOT B; "
        'write "AND" in quotes to find the word itself'
    )
