"""The try-it bench: a sample is drawn, typed, set or taken from the data, and a trained network says what it is."""
