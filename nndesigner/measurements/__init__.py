"""What can be measured while a network trains, one file each."""
