"""Fuzzing of both mappings: what must hold, where it starts, how orders are changed."""
