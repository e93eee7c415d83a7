"""Faults are shown in real browsers: the same network, but each test breaks a server of its own."""

from tests.e2e.conftest import network, pytest_collection_modifyitems

__all__ = ["network", "pytest_collection_modifyitems"]
