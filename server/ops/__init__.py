"""Operations: what is done around classes rather than in them. Knows the store, never sockets, SDP or live Rooms."""
