"""Everything a user can do, as plain Python without Qt."""
