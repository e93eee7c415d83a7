"""The page of session states is what the table says, and the table has no dead end that nobody meant."""

import runpy

from server.classroom.lifecycle import TRANSITIONS
from tests.house.tree import ROOT

DRAWS = ROOT / "tools" / "session_states.py"


def test_the_page_is_current() -> None:
    render = runpy.run_path(str(DRAWS))["render"]
    page = (ROOT / "docs" / "session-states.md").read_text(encoding="utf-8")
    assert page == render(), "run: python tools/session_states.py"


def test_every_state_is_reached_and_only_these_are_final() -> None:
    reached = {end for ways in TRANSITIONS.values() for end in ways.values()} | {"scheduled"}
    assert reached == set(TRANSITIONS)
    assert {state for state, ways in TRANSITIONS.items() if not ways} == {"closed_out", "cancelled"}
