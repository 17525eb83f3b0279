"""Other people's connectors over the same pages; each runs in an environment of its own."""
