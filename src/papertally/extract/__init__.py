"""From one PDF or text file to cleaned text: engines, mending, cleaning, killable processes."""
