"""Lip-sync: a source that flashes and beeps, and a meter for how far apart both arrive (`sync.js`)."""

from pathlib import Path

SYNC = (Path(__file__).parent / "sync.js").read_text(encoding="utf-8")
INSTALL = "__sync.install();"
