"""The layer catalogue, one file per family."""
