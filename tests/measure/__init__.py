"""Measured promises. Each module is a program, `make measure-NAME`; none is a timed test in CI."""
