"""What several test files share; a test file never imports from another one."""
