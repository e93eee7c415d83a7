"""Messages by which staff guide a class: spotlight, muting, permissions, roles, removing.

Pure: no aiohttp, asyncio or database.
"""

from typing import Literal

from signaling.base import Id, MessageId, Role, Source, Struct

# What staff may take from or give to students, all or one.
Permission = Literal["publish_mic", "publish_camera", "publish_screen", "chat", "react", "raise_hand", "draw"]


# --- values ---------------------------------------------------------------------------------------------------------


class PermissionChange(Struct, frozen=True):
    """One deviation from what the role allows."""

    action: Permission
    allowed: bool


class PersonPermissions(Struct, frozen=True):
    """How one person deviates from the rest."""

    participant_id: str
    changes: tuple[PermissionChange, ...]


class Permissions(Struct, frozen=True):
    """All deviations: of students as such, and of single people, who count more. Staff see it."""

    students: tuple[PermissionChange, ...] = ()
    people: tuple[PersonPermissions, ...] = ()


class RemovedPerson(Struct, frozen=True):
    """Somebody who was removed or turned away; `participant_id` is who they were."""

    participant_id: str
    display_name: str
    may_ask: bool


# --- client to server -----------------------------------------------------------------------------------------------


class Spotlight(Struct, tag="spotlight", frozen=True):
    """Show this person large to everyone; null: nobody."""

    id: MessageId
    participant_id: Id | None


class MutePerson(Struct, tag="mute_person", frozen=True):
    """Mute a person's Track of this source; null: those of all students. Whoever may publish may unmute again."""

    id: MessageId
    participant_id: Id | None
    source: Source = "mic"


class AskUnmute(Struct, tag="ask_unmute", frozen=True):
    """Ask someone to unmute. Nobody is ever unmuted by somebody else."""

    id: MessageId
    participant_id: Id
    source: Source = "mic"


class StopTrack(Struct, tag="stop_track", frozen=True):
    """End somebody's camera or share: the Track closes."""

    id: MessageId
    track_id: Id


class RemovePerson(Struct, tag="remove_person", frozen=True):
    """Send someone out. `readmit`: they may ask to come in again, in the waiting room."""

    id: MessageId
    participant_id: Id
    readmit: bool


class Readmit(Struct, tag="readmit", frozen=True):
    """Somebody who was removed or turned away may come in again with their link."""

    id: MessageId
    participant_id: Id


class Permit(Struct, tag="permit", frozen=True):
    """Allow or forbid students (null) or one person an action."""

    id: MessageId
    participant_id: Id | None
    action: Permission
    allowed: bool


class SetRole(Struct, tag="set_role", frozen=True):
    """Make somebody a co-instructor, an assistant, a student. The last instructor stays one."""

    id: MessageId
    participant_id: Id
    role: Role


ModerationClientMessage = Spotlight | MutePerson | AskUnmute | StopTrack | RemovePerson | Readmit | Permit | SetRole


# --- server to client -----------------------------------------------------------------------------------------------


class Spotlighted(Struct, tag="spotlighted", frozen=True):
    """Who is shown large to everyone now."""

    seq: int
    participant_id: str | None


class UnmuteAsked(Struct, tag="unmute_asked", frozen=True):
    """Somebody asks you to unmute. Ask your person; never do it by yourself."""

    seq: int
    by_participant_id: str
    source: Source


class ActionsChanged(Struct, tag="actions", frozen=True):
    """What you may do changed, because of your role or a permission."""

    seq: int
    role: Role
    actions: tuple[str, ...]


class PermissionsChanged(Struct, tag="permissions", frozen=True):
    """Who may do more or less than their role. To staff only."""

    seq: int
    permissions: Permissions


class RemovedList(Struct, tag="removed_list", frozen=True):
    """Everyone who was removed or turned away. To staff only."""

    seq: int
    people: tuple[RemovedPerson, ...]


ModerationServerMessage = Spotlighted | UnmuteAsked | ActionsChanged | PermissionsChanged | RemovedList
