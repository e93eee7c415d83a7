"""`homeroom serve`: starts the processes of a node, restarts what dies, stops all in order.

It knows nothing of classes, sockets of media or databases: a table of `ProcessKind`s is all it is told.
"""
