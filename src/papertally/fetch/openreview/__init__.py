"""OpenReview as a source: listings, login, bulk downloads and revisions."""
