"""The pages of `papertally serve`: the search box, trends and papers; Flask is used only here."""
