"""From a CheckedNetwork to a torch graph, to readable Python source, and back to weights that fit."""
