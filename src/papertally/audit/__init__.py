"""Hand-checking of counts: a sample for annotators, their verdicts, and what follows."""
