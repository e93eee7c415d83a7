"""Synthetic participants for whoever wants to know what a machine holds. Knows the server only by its protocol."""
