"""From a Document to a CheckedNetwork: wiring, order, shapes, counts and advice, without torch."""
