"""Hand-checking of counts: a sample of mentions and near misses, what people say of them, and what follows."""
