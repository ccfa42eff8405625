"""What several drills share, beside their frame."""
