/** Reactions stand for a moment beside the person who made them. Pure: `now` is handed in. */
import type { Reaction } from '@/protocol/messages.gen';

export interface ShownReaction {
  readonly reaction: Reaction;
  readonly untilMs: number;
  /** Tells a repeat of the same reaction from the first one. */
  readonly number: number;
}

export type Reactions = ReadonlyMap<string, ShownReaction>;

/** Long enough to be seen by somebody who looks at the board just then. */
export const REACTION_MS = 5_000;
/** One a person; a lecture hall that claps at once. */
const REACTIONS_MAX = 500;

export const noReactions: Reactions = new Map();

export function addReaction(reactions: Reactions, participantId: string, reaction: Reaction, now: number): Reactions {
  const before = reactions.get(participantId);
  if (before === undefined && reactions.size >= REACTIONS_MAX) return reactions;
  return new Map(reactions).set(participantId, { reaction, untilMs: now + REACTION_MS, number: (before?.number ?? 0) + 1 });
}

/** The same value if none is over. */
export function withoutOld(reactions: Reactions, now: number): Reactions {
  let over = false;
  for (const one of reactions.values()) over ||= one.untilMs <= now;
  return over ? new Map([...reactions].filter(([, one]) => one.untilMs > now)) : reactions;
}

/** What a face on a button looks like. Words stand in the texts. */
export const REACTION_SIGNS: Readonly<Record<Reaction, string>> = {
  thumbs_up: '👍',
  clap: '👏',
  heart: '❤️',
  laugh: '😄',
  surprised: '😮',
  celebrate: '🎉',
  yes: '✅',
  no: '❌',
  slower: '🐢',
  faster: '🐇',
};
