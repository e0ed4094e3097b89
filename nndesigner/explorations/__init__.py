"""What can be found out about a network on demand: one file each, found by walking."""
