"""The outline: the network as a tree of lines, for whoever reads or types rather than points."""
