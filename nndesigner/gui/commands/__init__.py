"""What the window's actions do: plain functions of the desk, one file per menu. They make no widgets but dialogs."""
