"""papertally: count how many papers of a conference year mention each framework."""

__version__ = "0.1.0"
