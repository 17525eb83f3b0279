"""The benchmark: what orderferry costs, beside bounds and peers, in one run on one machine."""
