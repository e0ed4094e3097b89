"""The drawing board: what a network looks like, what is under the pointer, and one gesture per file in `tools/`."""
