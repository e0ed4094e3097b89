"""The inspector: the form of a selected layer, made from its declaration, and what is known of the network."""
