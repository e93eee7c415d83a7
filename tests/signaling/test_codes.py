"""Every code has a sentence, and codes that other rooms use are listed."""

import re
from pathlib import Path

from signaling.codes import BYE_TEXTS, ERROR_TEXTS, ByeCode, ErrorCode, sentence

ROOT = Path(__file__).parent.parent.parent


def test_every_code_has_a_sentence() -> None:
    assert set(ERROR_TEXTS) == set(ErrorCode) and set(BYE_TEXTS) == set(ByeCode)
    for text in (*ERROR_TEXTS.values(), *BYE_TEXTS.values()):
        assert text.endswith(".") and text[0].isupper()
    assert sentence("no_such_code") == ERROR_TEXTS[ErrorCode.INTERNAL]


def test_reasons_at_the_ticket_are_codes_of_the_protocol() -> None:
    text = (ROOT / "server" / "access" / "tickets.py").read_text()
    used = set(re.findall(r'_refusal\("(\w+)"\)', text))
    assert used and used <= {code.value for code in ErrorCode}
