"""The actions of each menu, one file per menu; `gui/action_table.py` puts them together."""
