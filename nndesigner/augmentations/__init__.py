"""What may happen to training samples before they are seen: one file per family of augmentations."""
