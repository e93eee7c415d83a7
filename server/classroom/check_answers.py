"""What makes a question whole, an answer fitting, and an answer right. Pure functions, no state."""

import math
import unicodedata

from msgspec.structs import replace

from server.classroom.people import rejected
from signaling.checks import Answer, CheckOption, CheckSpec, RightAnswer
from signaling.codes import ErrorCode

OPTIONS_MIN = 2
TRUE_FALSE = (CheckOption(option_id="true", text="True"), CheckOption(option_id="false", text="False"))
SHORT_TEXT_CHARS_MAX = 500  # an exercise may be as long as the protocol allows
CHOOSE_ONE = ("poll", "single", "true_false")
CHOOSE = (*CHOOSE_ONE, "multiple")


def whole_spec(spec: CheckSpec) -> CheckSpec:
    """The question with everything in place. Raises `Rejected` (`bad_check`)."""
    if spec.kind == "true_false" and not spec.options:
        spec = replace(spec, options=TRUE_FALSE)
    ids = [option.option_id for option in spec.options]
    if not spec.prompt.strip() or len(set(ids)) != len(ids) or any(not one.text.strip() for one in spec.options):
        raise rejected(ErrorCode.BAD_CHECK)
    if spec.kind == "true_false" and set(ids) != {"true", "false"}:
        raise rejected(ErrorCode.BAD_CHECK)
    if (spec.kind in CHOOSE and len(ids) < OPTIONS_MIN) or (spec.kind not in CHOOSE and ids):
        raise rejected(ErrorCode.BAD_CHECK)
    if spec.right is not None and not _fits(spec, spec.right, ids):
        raise rejected(ErrorCode.BAD_CHECK)
    return spec


def _fits(spec: CheckSpec, right: RightAnswer, ids: list[str]) -> bool:
    """Does what is right belong to this kind of question, and only that?"""
    chosen = set(right.option_ids)
    has = (bool(chosen), right.number is not None, bool(right.texts))
    if len(chosen) != len(right.option_ids):
        return False
    match spec.kind:
        case "single" | "true_false":
            return has == (True, False, False) and len(chosen) == 1 and chosen <= set(ids)
        case "multiple":
            return has == (True, False, False) and chosen <= set(ids)
        case "number":
            finite = right.number is not None and math.isfinite(right.number) and math.isfinite(right.tolerance)
            return has == (False, True, False) and finite
        case "short_text":
            return has == (False, False, True) and all(_plain(text) for text in right.texts)
        case "poll" | "exercise":
            return False  # an opinion is never wrong; an exercise is read by a person


def fitting_answer(spec: CheckSpec, answer: Answer) -> Answer:
    """The answer, with options in the question's order. Raises `Rejected` (`bad_answer`)."""
    chosen = set(answer.option_ids)
    has = (bool(chosen), answer.number is not None, bool(answer.text.strip()), answer.material_id is not None)
    good = False
    match spec.kind:
        case "poll" | "single" | "true_false":
            good = has == (True, False, False, False) and len(answer.option_ids) == 1
        case "multiple":
            good = has == (True, False, False, False) and len(chosen) == len(answer.option_ids)
        case "number":
            good = has == (False, True, False, False) and answer.number is not None and math.isfinite(answer.number)
        case "short_text":
            good = has == (False, False, True, False) and len(answer.text) <= SHORT_TEXT_CHARS_MAX
        case "exercise":
            good = has[:2] == (False, False) and (has[2] or has[3])
    ids = tuple(option.option_id for option in spec.options)
    if not good or not chosen <= set(ids):
        raise rejected(ErrorCode.BAD_ANSWER)
    return replace(answer, option_ids=tuple(one for one in ids if one in chosen))


def is_correct(spec: CheckSpec, answer: Answer) -> bool | None:
    """Right or wrong; None when the question has no right answer."""
    right = spec.right
    if right is None:
        return None
    if right.number is not None:
        # A little more than asked for: 0.1 + 0.2 is 0.3 for a person.
        reach = right.tolerance + 1e-9 * max(1.0, abs(right.number))
        return answer.number is not None and abs(answer.number - right.number) <= reach
    if right.texts:
        return _plain(answer.text) in {_plain(text) for text in right.texts}
    return set(answer.option_ids) == set(right.option_ids)


def _plain(text: str) -> str:
    """As people compare words: no case, no double spaces, one form of each letter."""
    return " ".join(unicodedata.normalize("NFKC", text).casefold().split())
