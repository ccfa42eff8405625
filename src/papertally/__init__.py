"""papertally: count how many papers of a conference year mention each framework."""

import logging

__version__ = "0.1.0"

logging.getLogger(__name__).addHandler(logging.NullHandler())  # a library says nothing unless asked
