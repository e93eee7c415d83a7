"""The media process in Python: the link to control, DTLS handshakes, and what exists. No packet of media comes here."""
