/** Who is large in the speaker layout: whoever talks, without flicker. */
import type { Room } from './room';

/** A nod or a cough must not take the stage; a real turn of speech is longer than this. */
export const SPEAKER_HOLD_MS = 2_000;

export interface SpeakerChoice {
  readonly participantId: string | null;
  readonly sinceMs: number;
}

export const noSpeaker: SpeakerChoice = { participantId: null, sinceMs: -SPEAKER_HOLD_MS };

/** The loudest other person who speaks now takes over once the present one has had their time and is not speaking. */
export function chooseSpeaker(before: SpeakerChoice, room: Room, selfId: string, now: number): SpeakerChoice {
  const talking = room.speakers.filter((one) => one.participant_id !== selfId && room.participants.has(one.participant_id));
  const present = before.participantId !== null && room.participants.has(before.participantId);
  if (present && talking.some((one) => one.participant_id === before.participantId)) return before;
  const next = talking[0];
  if (next === undefined) return present || before.participantId === null ? before : noSpeaker;
  if (present && now - before.sinceMs < SPEAKER_HOLD_MS) return before;
  return { participantId: next.participant_id, sinceMs: now };
}
