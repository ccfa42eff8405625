"""Mend the words of a page that the file breaks, glues or hides; a module for each fault."""
