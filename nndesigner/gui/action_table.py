"""All actions of the window in one table: menus, toolbar, keys, tooltips and the list of shortcuts are made from it.

The actions stand in `gui/action_tables/`, one file per menu; what an action does stands in `gui/commands/`.
"""

from __future__ import annotations

from nndesigner.gui.action_tables.access import ACCESS
from nndesigner.gui.action_tables.edit import EDIT
from nndesigner.gui.action_tables.file import FILE
from nndesigner.gui.action_tables.help import HELP
from nndesigner.gui.action_tables.network import NETWORK
from nndesigner.gui.action_tables.order import ORDER
from nndesigner.gui.action_tables.overviews import OVERVIEWS
from nndesigner.gui.action_tables.train import TRAIN
from nndesigner.gui.action_tables.view import VIEW
from nndesigner.gui.actions import Action

MENUS = ("File", "Edit", "Network", "Train", "View", "Help")

TABLE: tuple[Action, ...] = (*FILE, *EDIT, *NETWORK, *ORDER, *TRAIN, *VIEW, *OVERVIEWS, *ACCESS, *HELP)
