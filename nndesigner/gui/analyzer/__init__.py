"""The analyzer: what every layer of the network costs, in a table beside the canvas."""
