"""The committed TypeScript is what the messages say now."""

from pathlib import Path

from signaling.export import typescript

ROOT = Path(__file__).parent.parent.parent


def test_committed_types_are_current() -> None:
    committed = (ROOT / "web-client" / "src" / "protocol" / "messages.gen.ts").read_text()
    assert committed == typescript(), "run: python -m signaling.export web-client/src/protocol/messages.gen.ts"


def test_what_a_client_may_leave_out_is_optional_and_what_the_server_says_is_whole() -> None:
    text = typescript()
    hello = text[text.index("export interface Hello {") :].partition("}")[0]
    assert "readonly ticket?: Token | null;" in hello and "readonly id: MessageId;" in hello
    track = text[text.index("export interface Track {") :].partition("}")[0]
    assert "?" not in track
