"""Programs that are measured: each one is a process, and prints JSON on its last line."""
