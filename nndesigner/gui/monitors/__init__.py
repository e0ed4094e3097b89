"""Live views of a run, one file each. They draw with pyqtgraph: import them after the window's first paint."""
