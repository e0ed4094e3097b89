"""`python -m nndesigner` is the command `nndesigner`."""

from __future__ import annotations

import sys

from nndesigner.app.cli import main

if __name__ == "__main__":
    sys.exit(main())
