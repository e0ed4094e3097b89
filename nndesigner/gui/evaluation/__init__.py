"""How good a trained network is: the panel of evaluations and its pages."""
