"""The web server: pages, the join exchange, the WebSocket, health. Knows no rule of the class."""
