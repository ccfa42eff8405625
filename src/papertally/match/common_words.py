"""Ordinary words and names of people, which an alias must not find by itself."""

from functools import cache

from papertally.resources import DATA_FOLDER


@cache
def ordinary_words() -> frozenset[str]:
    """Return ordinary words in lower case: those of a dictionary and of machine learning."""
    return frozenset(_read("words.txt") + _read("technical_words.txt")) - set(person_names())


@cache
def person_names() -> tuple[str, ...]:
    """Return names of people in lower case."""
    return tuple(_read("person_names.txt"))


def _read(name: str) -> list[str]:
    lines = (DATA_FOLDER / name).read_text("ascii").splitlines()
    return [line for line in lines if not line.startswith("#")]
