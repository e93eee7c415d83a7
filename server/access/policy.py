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
    "see_participants",
    "see_media",
    "report_stats",
    "leave",
]

ROLES: tuple[Role, ...] = get_args(Role)
ACTIONS: tuple[Action, ...] = get_args(Action)

_PRESENT: frozenset[Action] = frozenset({"see_participants", "see_media", "report_stats", "leave"})
_SPEAKS: frozenset[Action] = _PRESENT | {"publish_mic", "publish_camera", "mute_self"}

# An observer is seen in the list of participants (nobody is watched in secret) but neither seen nor heard.
# Students share their screen: exercises need it, and the instructor sees who does.
_TABLE: dict[Role, frozenset[Action]] = {
    "instructor": _SPEAKS | {"publish_screen"},
    "assistant": _SPEAKS | {"publish_screen"},
    "student": _SPEAKS | {"publish_screen"},
    "observer": _PRESENT,
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
