"""What can go wrong while a network learns, one rule per file: they read what a run has measured.

They are apart from `check/advice/`, because nobody needs them before there is a run.
"""
