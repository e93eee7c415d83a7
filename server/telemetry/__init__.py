"""Logs without names or tokens, and metrics."""
