"""Everything a user can do, as plain Python and without a window: `nndesigner.session.session.Session`."""
