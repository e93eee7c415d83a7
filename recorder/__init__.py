"""The recorder process: a second copy of every recording. Comes with recording; knows the link only."""
