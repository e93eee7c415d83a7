"""Consent: per person and purpose, by themself or a guardian. Who may decide, and what counts.

Without a decision nothing is done that needs one. Refusing is a decision like any other, and anybody may stop what
concerns them: a child's own no counts as much as a guardian's, only a guardian can allow it again.
"""

from collections.abc import Mapping
from typing import Literal, get_args

Purpose = Literal["sound", "picture", "transcription", "share_with_families", "processors"]
PURPOSES: tuple[Purpose, ...] = get_args(Purpose)

# What is asked as long as an organisation has no wording of its own: version 0.
PRODUCT_WORDINGS: Mapping[Purpose, str] = {
    "sound": "This organisation may record the sound of the classes, with the voice of this person.",
    "picture": "This organisation may record the picture of the classes, with the camera of this person.",
    "transcription": "This organisation may write down what this person says in class, by a program on its own "
    "machines.",
    "share_with_families": "Recordings in which this person is heard or seen may be shown to the families of "
    "classmates.",
    "processors": "Recordings and texts with this person may be handed to outside companies that work for this "
    "organisation.",
}


def may_decide(*, is_own: bool, is_minor: bool, is_guardian: bool, granted: bool) -> bool:
    """May they decide this? `is_guardian`: with the right to consent for this person."""
    if is_guardian and is_minor:
        return True
    return is_own and (not is_minor or not granted)
