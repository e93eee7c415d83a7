"""The whole class as one viewer may see it, inside `welcome` and `admitted`.

Pure: no aiohttp, asyncio or database.
"""

from signaling.base import Struct
from signaling.boards import BoardsSnapshot
from signaling.breakouts import BreakoutsSnapshot
from signaling.checks import ChecksSnapshot, PulseSnapshot
from signaling.lesson import ClassStatus, HelpRequest, WaitingPerson, WaitReason
from signaling.moderation import Permissions, RemovedPerson
from signaling.talk import ChatMessage, ChatRules, RaisedHand


class ClassSnapshot(Struct, frozen=True):
    """Every topic of the class. `waiting`: why you wait yourself; null: you are in. `waiting_list`, `permissions`,
    `removed` and `help_requests` are for staff and empty for everybody else."""

    status: ClassStatus = ClassStatus()
    waiting: WaitReason | None = None
    waiting_list: tuple[WaitingPerson, ...] = ()
    hands: tuple[RaisedHand, ...] = ()
    chat: tuple[ChatMessage, ...] = ()
    chat_rules: ChatRules = ChatRules()
    spotlight: str | None = None
    permissions: Permissions = Permissions()
    removed: tuple[RemovedPerson, ...] = ()
    help_requests: tuple[HelpRequest, ...] = ()
    checks: ChecksSnapshot = ChecksSnapshot()
    pulse: PulseSnapshot = PulseSnapshot()
    boards: BoardsSnapshot = BoardsSnapshot()
    breakouts: BreakoutsSnapshot = BreakoutsSnapshot()
