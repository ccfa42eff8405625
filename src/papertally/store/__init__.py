"""The workspace: all SQL of the project, and the files it keeps."""
