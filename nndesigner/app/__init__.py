"""Entry points: the window, the command line, the supported versions."""
