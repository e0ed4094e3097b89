"""What happens to training samples before they are seen: the steps as a list, and samples before and after."""
