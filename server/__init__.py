"""The control process: web server, rooms, database. `app.py` wires it, `cli` starts it; see ARCHITECTURE.md."""
