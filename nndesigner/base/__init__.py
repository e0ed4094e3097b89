"""What every room stands on: typed fields, shapes, problems, discovery, text. It knows no network."""
