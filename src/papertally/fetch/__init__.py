"""Where papers come from: OpenReview, and files the user already has."""
