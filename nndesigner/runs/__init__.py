"""Runs seen from the designer: the launcher of workers, the run folders, their history."""
