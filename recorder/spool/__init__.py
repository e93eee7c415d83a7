"""The spool on disk and on its way: `docs/spool-format.md` in code. Knows bytes, not what they are good for."""
