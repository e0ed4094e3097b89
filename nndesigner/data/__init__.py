"""The data sources, one file each, and what they share: fields, splits, transforms, previews."""
