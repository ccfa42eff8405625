"""Which papers contain a query: in the stored texts, or in a report folder."""
