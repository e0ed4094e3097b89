"""Imports numpy without the thread pool of its matrix library, which is started on import, one thread per core.

The window multiplies no matrices, and starting the pool takes about as long as opening a project. The environment is
put back at once: workers are started with it and compute with as many threads as they like. To be imported before
anything that imports numpy; later it changes nothing.
"""

from __future__ import annotations

import os

_POOL = "OPENBLAS_NUM_THREADS"


_theirs = os.environ.get(_POOL)
os.environ.setdefault(_POOL, "1")
try:
    import numpy  # noqa: F401
finally:
    if _theirs is None:
        del os.environ[_POOL]
