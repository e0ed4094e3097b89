"""What a network costs and sees, worked out from the checked network alone: counts, memory, receptive field."""
