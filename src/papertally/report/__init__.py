"""From stored mentions to counts, shares and intervals, and from those to tables, files and charts."""
