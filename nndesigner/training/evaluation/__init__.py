"""How good a trained network is over a part of its data: streamed in batches, with bounded memory."""
