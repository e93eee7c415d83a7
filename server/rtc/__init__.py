"""Transports and Slots: what SDP says, what media is asked, and the link to it. Knows no chat, polls or schedule."""
