"""Advice: one file per rule."""
