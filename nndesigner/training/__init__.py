"""The training loop and what it stands on: optimizers, schedules, devices, checkpoints."""
