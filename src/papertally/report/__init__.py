"""From stored mentions to counts, shares and intervals, and to tables, files and charts."""
