"""The status page, the probes and the metrics of a running daemon (docs/adr/0010)."""
