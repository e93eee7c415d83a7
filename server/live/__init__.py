"""Live Rooms: one actor per Room takes what happens in order, asks the rules, and carries out what follows."""
