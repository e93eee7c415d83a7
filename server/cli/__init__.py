"""The `homeroom` command: `main` reads the arguments and calls one function for each command."""
