"""The addresses of the pages and of the files beside them."""

from flask import Flask, Response, abort, request

from papertally.errors import UsageError
from papertally.web.library import LibraryShelf
from papertally.web.pages import home, paper, search, trends
from papertally.web.requests import parse_search, parse_trends

FILES = {"/search.json", "/search.csv", "/trends.csv", "/trends.png", "/trends.svg"}
"""What is not a page, so that its errors are not pages either."""


def add(app: Flask, shelf: LibraryShelf, *, full_text: bool) -> None:
    """Add all addresses to the application."""
    _add_search(app, shelf)
    _add_trends(app, shelf)

    @app.get("/")
    def home_page() -> str:
        try:
            return home.page(shelf.library())
        except UsageError:  # its papers were removed after it was loaded
            return home.page(shelf.reload())

    @app.get("/paper/<venue>/<int:year>/<path:name>")
    def paper_page(venue: str, year: int, name: str) -> str:
        library = shelf.library()
        row = library.find(venue.lower(), year, name)
        if row is None:
            abort(404)
        return paper.page(library, row, parse_search(request.args), full_text=full_text)


def _add_search(app: Flask, shelf: LibraryShelf) -> None:
    @app.get("/search")
    def search_page() -> str:
        return search.page(shelf.library(), parse_search(request.args))

    @app.get("/search.json")
    def search_json() -> Response:
        return search.as_json(shelf.library(), parse_search(request.args))

    @app.get("/search.csv")
    def search_csv() -> Response:
        return search.as_csv(shelf.library(), parse_search(request.args))


def _add_trends(app: Flask, shelf: LibraryShelf) -> None:
    @app.get("/trends")
    def trends_page() -> str:
        return trends.page(shelf.library(), parse_trends(request.args))

    @app.get("/trends.csv")
    def trends_csv() -> Response:
        return trends.as_csv(shelf.library(), parse_trends(request.args))

    @app.get("/trends.png")
    def trends_png() -> Response:
        return trends.as_picture(shelf.library(), parse_trends(request.args), "png")

    @app.get("/trends.svg")
    def trends_svg() -> Response:
        return trends.as_picture(shelf.library(), parse_trends(request.args), "svg")
