"""What each viewer may see of the checks. Pure, reads only.

A student sees the question and its own answer, and what was right once staff share it and no answers are taken any
more. Staff see all answers; of an anonymous check without who, without when, in no order of arrival.
"""

from collections import Counter

from server.classroom.checks import Asked, ChecksState, Given
from server.classroom.times import utc_text
from signaling.checks import Check, ChecksSnapshot, CheckTally, GivenAnswer, OptionCount

TALLY_TEXTS_MAX = 100  # texts in one result; staff see the rest with the answers
TALLY_TEXT_CHARS_MAX = 200
TALLY_NUMBERS_MAX = 500


def check_for(check: Asked, *, staff: bool) -> Check:
    """The question as somebody may see it."""
    return Check(
        check_id=check.check_id,
        key=check.key if staff else "",
        kind=check.spec.kind,
        prompt=check.spec.prompt,
        options=check.spec.options,
        material_id=check.spec.material_id,
        anonymous=check.anonymous,
        open=check.open,
        shared=check.shared,
        round=check.round,
        opened_utc=utc_text(check.opened_ms),
        closes_utc=None if check.closes_ms is None else utc_text(check.closes_ms),
        right=check.spec.right if staff or _is_told(check) else None,
        group_id=check.group_id,
    )


def _is_told(check: Asked) -> bool:
    """May students know what is right?"""
    return check.shared and not check.open


def answer_for_staff(check: Asked, participant_id: str, given: Given) -> GivenAnswer:
    if check.anonymous:
        return _given(check, None, Given("", given.answer, given.correct, check.opened_ms), told=True)
    return _given(check, participant_id, given, told=True)


def answer_for_self(check: Asked, participant_id: str, given: Given) -> GivenAnswer:
    return _given(check, participant_id, given, told=_is_told(check))


def _given(check: Asked, participant_id: str | None, given: Given, *, told: bool) -> GivenAnswer:
    return GivenAnswer(
        check_id=check.check_id,
        key=given.key,
        participant_id=participant_id,
        answer=given.answer,
        correct=given.correct if told else None,
        at_utc=utc_text(given.at_ms),
    )


def tally(check: Asked, *, staff: bool) -> CheckTally:
    """The result. For others than staff without what is right until that is told."""
    given = list(check.answers.values())
    counts = Counter(option_id for one in given for option_id in one.answer.option_ids)
    numbers = sorted(one.answer.number for one in given if one.answer.number is not None)
    # Sorted, so that nobody reads from the order who came first. An exercise is for staff, and stands in the answers.
    texts = sorted(one.answer.text[:TALLY_TEXT_CHARS_MAX] for one in given) if check.spec.kind == "short_text" else []
    graded = check.spec.right is not None and (staff or _is_told(check))
    return CheckTally(
        check_id=check.check_id,
        asked=len(check.asked | check.answers.keys()),
        answered=len(given),
        correct=sum(one.correct is True for one in given) if graded else None,
        counts=tuple(OptionCount(option_id=one.option_id, count=counts[one.option_id]) for one in check.spec.options),
        numbers=tuple(numbers[:TALLY_NUMBERS_MAX]),
        texts=tuple(texts[:TALLY_TEXTS_MAX]),
    )


def snapshot_for(state: ChecksState, viewer_id: str, group_id: str | None, *, staff: bool) -> ChecksSnapshot:
    """All checks as somebody may see them."""
    checks = [one for one in state.checks.values() if staff or one.is_for(viewer_id, group_id)]
    answers: list[GivenAnswer] = []
    for check in checks:
        if staff:
            answers += _all_for_staff(check)
        elif (own := check.answers.get(viewer_id)) is not None:
            answers.append(answer_for_self(check, viewer_id, own))
    return ChecksSnapshot(
        checks=tuple(check_for(one, staff=staff) for one in checks),
        answers=tuple(answers),
        tallies=tuple(tally(one, staff=staff) for one in checks if staff or one.shared),
    )


def _all_for_staff(check: Asked) -> list[GivenAnswer]:
    answers = [answer_for_staff(check, who, given) for who, given in check.answers.items()]
    return sorted(answers, key=_order) if check.anonymous else answers


def _order(given: GivenAnswer) -> str:
    """By what was said, never by when."""
    answer = given.answer
    return "|".join([*answer.option_ids, str(answer.number), answer.text, str(answer.material_id)])
