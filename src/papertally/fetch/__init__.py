"""Where papers come from: OpenReview, and files the user already has.

`run` fetches the years of a venue. It asks a source for three things: a client (the hosts, the
authentication and the facts in `http.SourceFacts`), the listing of a year, and a subclass of
`download.Downloader` that knows the requests for a PDF. OpenReview's are in `openreview/source.py`
and beside it. A new source gets a folder of its own next to `openreview/`; `run` then has to choose
between the two by the configured year (`venues.YearConfig`). All other modules here serve every
source. Files that the user has are read by `local/`.
"""
