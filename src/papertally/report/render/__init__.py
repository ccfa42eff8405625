"""Write a report as text, Markdown, HTML, LaTeX or JSON."""
