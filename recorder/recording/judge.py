"""Is the result what happened? Asked before it is called done; what is not becomes a problem that somebody hears of."""

from collections.abc import Callable, Sequence
from pathlib import Path

from recorder.contract import ExpectedTrack, MadeFile, MadeTrack, Problem, ProcessRecording
from recorder.recording.inspect import Inspection, inspect
from recorder.recording.library import CopyStory

SHORT_S = 3.0  # a Track opens before its first key frame comes
FORWARDED_TO_MATTER = 50  # records: about a second of sound
FILE_SHORT_S = 1.0
TALK_S = 10.0  # somebody who was there for less may well have said nothing


def judge(
    order: ProcessRecording,
    tracks: Sequence[MadeTrack],
    sound: MadeFile | None,
    stories: Sequence[CopyStory],
    scratch: Path,
    tell: Callable[[float], None],
) -> list[Problem]:
    """All that is wrong or worth a note, most serious first."""
    expected = {track.track_id: track for track in order.tracks}
    problems: list[Problem] = []
    for number, track in enumerate(tracks):
        problems += _of_track(track, expected.get(track.track_id), scratch)
        tell((number + 1) / (len(tracks) + 1))
    if sound is not None:
        found = inspect(scratch / sound.name)
        if found.error or found.duration_s + FILE_SHORT_S < sound.end_s:
            problems.append(Problem("mix_broken", f"The common sound file is not whole: {found.error}", "case"))
    elif any(track.kind == "audio" and track.file for track in tracks):
        problems.append(Problem("mix_missing", "There is no common sound file.", "case"))
    problems += _of_copies(stories)
    return sorted(problems, key=lambda problem: problem.severity != "case")


def _of_track(track: MadeTrack, expected: ExpectedTrack | None, scratch: Path) -> list[Problem]:
    found: list[Problem] = []

    def say(code: str, text: str, case: bool) -> None:
        found.append(Problem(code, text, "case" if case else "note", track.track_id))

    if track.lost_packets:
        stretches = len(track.lost)
        say("records_lost", f"{track.lost_packets} records are in no copy, in {stretches} stretches.", True)
    if track.file is None:
        forwarded = expected.forwarded if expected else track.packets
        if forwarded >= FORWARDED_TO_MATTER:
            say("track_missing", f"{forwarded} records were forwarded, and no file could be made of them.", True)
        return found
    inspection = inspect(scratch / track.file.name)
    length_s = track.file.end_s - track.file.start_s
    if inspection.error:
        say("does_not_decode", f"It does not decode to its end: {inspection.error}.", True)
    elif inspection.duration_s + FILE_SHORT_S < length_s:
        text = f"It decodes for {inspection.duration_s:.1f} s of {length_s:.1f} s."
        say("ends_early", text, True)
    if expected is not None:
        if expected.forwarded > track.packets * 2 + FORWARDED_TO_MATTER:
            say("much_missing", f"{expected.forwarded} records were forwarded, {track.packets} packets found.", True)
        _of_emptiness(inspection, expected, length_s, say)
    return found


def _of_emptiness(
    inspection: Inspection, expected: ExpectedTrack, length_s: float, say: Callable[[str, str, bool], None]
) -> None:
    if length_s < TALK_S:
        return
    if inspection.silent:
        say("silent", "Nothing is heard in all of it.", expected.must_show)
    if inspection.black:
        say("black", "It is black in all of it.", expected.must_show)


def _of_copies(stories: Sequence[CopyStory]) -> list[Problem]:
    problems = []
    for number, story in enumerate(stories):
        name = "AB"[number] if number < 2 else str(number)
        if not story.segments:
            problems.append(
                Problem("copy_missing", f"Copy {name} has no segment: only the other one was left.", "case")
            )
        if story.damaged:
            problems.append(Problem("copy_damaged", f"Copy {name} has {story.damaged} damaged records.", "note"))
        if story.unreadable:
            text = f"Copy {name} has {len(story.unreadable)} segments that cannot be read."
            problems.append(Problem("copy_unreadable", text, "note"))
    return problems
