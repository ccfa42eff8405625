"""Care for a workspace and its machine: find what is wrong, mend it, and describe it for a bug."""
