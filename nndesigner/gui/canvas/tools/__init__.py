"""One gesture per file. A gesture shows a preview while it runs and makes one edit on release, or none."""
