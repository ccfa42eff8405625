"""The user's own files as a source of papers."""
