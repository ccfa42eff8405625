"""Which frameworks a paper mentions: `frameworks.toml` to rules, text to mentions."""
