"""The report of a run: one HTML or PDF file with network, data, settings, curves, results and environment."""
