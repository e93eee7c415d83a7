"""`homeroom config`: check a file, print the sample."""

import argparse

from server.cli.ending import OK, say
from server.config_file import load, render_sample


def run(name: str, arguments: argparse.Namespace) -> int:
    """One of the commands. What is wrong with a file is raised as `ConfigError`."""
    if name == "sample":
        say(render_sample().rstrip("\n"))
        return OK
    load(arguments.file)
    say(f"{arguments.file} is fine.")
    return OK
