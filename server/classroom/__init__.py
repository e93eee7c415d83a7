"""The rules of a class as pure state machines: commands and the time in, events out. No I/O, no SDP, no SQL."""
