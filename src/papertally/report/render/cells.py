"""How many columns of a terminal a text takes."""


def cell_width(text: str) -> int:
    """Return the columns that a text takes; Chinese characters take two."""
    if text.isascii() and text.isprintable():
        return len(text)
    from rich.cells import cell_len  # imported late: most texts are in plain letters

    return cell_len(text)


def cut(text: str, width: int) -> str:
    """Cut a text that is too long, with an ellipsis."""
    if cell_width(text) <= width:
        return text
    text = text[:width]  # a title may be of any length
    while text and cell_width(text) > width - 1:
        text = text[:-1]
    return f"{text.rstrip()}…"
