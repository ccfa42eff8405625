"""Proceedings of Machine Learning Research: pages of volumes, and clones of their repositories."""
