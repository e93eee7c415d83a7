"""Who may do what: one table, role by action. Nothing else in the house decides by role.

Signaling sends a client the actions of its own role, so that it shows no button that would be refused.
"""

from typing import Literal, get_args

Role = Literal["instructor", "assistant", "student", "observer"]
Action = Literal[
    "publish_mic",
    "publish_camera",
    "publish_screen",
    "mute_self",
    "control_recording",
    "see_participants",
    "see_media",
    "report_stats",
    "leave",
    # talk and help
    "raise_hand",
    "react",
    "chat",
    "ask_help",
    # guiding the class
    "admit",
    "lower_hands",
    "moderate_chat",
    "spotlight",
    "mute_others",
    "stop_tracks",
    "remove_people",
    "permit",
    "set_role",
    "end_class",
    "see_reports",
    # checks and the pulse
    "run_checks",
    "answer_checks",
    "set_pulse",
    # boards
    "run_boards",
    "draw",
    "do_board_tasks",
    # breakout groups
    "run_breakouts",
    "choose_breakout",
    "call_breakout_help",
]

ROLES: tuple[Role, ...] = get_args(Role)
# What a person may hold beyond their Seats: to run the day; to read what nobody else may.
RIGHTS = ("coordinator", "safeguarding")
ACTIONS: tuple[Action, ...] = get_args(Action)

_PRESENT: frozenset[Action] = frozenset({"see_participants", "see_media", "report_stats", "leave"})
_SPEAKS: frozenset[Action] = _PRESENT | {"publish_mic", "publish_camera", "mute_self"}
_STAFF_TOOLS: frozenset[Action] = frozenset({"run_checks", "run_boards", "run_breakouts", "draw"})
_STUDENT_TOOLS: frozenset[Action] = frozenset(
    {"answer_checks", "set_pulse", "draw", "do_board_tasks", "choose_breakout", "call_breakout_help"}
)
# Help can be called by everyone, always; no permission takes it away.
_TALKS: frozenset[Action] = _SPEAKS | {"publish_screen", "raise_hand", "react", "chat", "ask_help"}
_LEADS: frozenset[Action] = frozenset(
    {
        "admit",
        "lower_hands",
        "moderate_chat",
        "spotlight",
        "mute_others",
        "stop_tracks",
        "remove_people",
        "permit",
        "see_reports",
        "control_recording",
    }
)

# An observer is seen in the list of participants (nobody is watched in secret) but neither seen nor heard.
# Students share their screen: exercises need it, and the instructor sees who does.
_TABLE: dict[Role, frozenset[Action]] = {
    "instructor": _TALKS | _STAFF_TOOLS | _LEADS | {"set_role", "end_class"},
    "assistant": _TALKS | _STAFF_TOOLS | _LEADS,
    "student": _TALKS | _STUDENT_TOOLS,
    "observer": _PRESENT | {"ask_help"},
}


def actions(role: str) -> frozenset[str]:
    """All that this role may do; nothing for a role that we do not know."""
    for known, allowed in _TABLE.items():
        if known == role:
            return frozenset(allowed)
    return frozenset()


def allows(role: str, action: str) -> bool:
    """May this role do this?"""
    return action in actions(role)


def publish_action(source: str) -> str:
    """The action that publishing a Track of this source needs."""
    match source:
        case "mic":
            return "publish_mic"
        case "camera":
            return "publish_camera"
        case "screen" | "screen_audio":
            return "publish_screen"
        case _:
            return "publish_unknown"
