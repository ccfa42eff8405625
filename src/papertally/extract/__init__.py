"""From one PDF or text file to cleaned text: engines, cleaning, killable worker processes."""
