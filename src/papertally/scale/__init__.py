"""Surveys past one machine: a manifest of documents in shards, and a table for each shard."""
