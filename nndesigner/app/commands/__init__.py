"""The commands of `nndesigner`, one file each: the file's name is the command's, `_` for `-`.

Each declares one `Command` (`app/command.py`). Only the file of the command that was asked for is imported.
"""
