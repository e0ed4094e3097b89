"""The document as data: frozen records, diffs, named edits, history and layout."""
