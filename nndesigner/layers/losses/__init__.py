"""The losses that an output can be judged by, one file per family. Penalties are layers: see `layers/penalties.py`."""
