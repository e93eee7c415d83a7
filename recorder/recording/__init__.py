"""From spooled packets to files that people watch: read the copies, unite them, put them on one clock, mux, verify."""
