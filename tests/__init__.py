"""Tests: through the doors that users use wherever that is possible."""
