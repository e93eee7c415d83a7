/** The rows of the list of people, from the state. */
import { orderOfTiles } from '@/classroom/scene';
import type { Role } from '@/protocol/messages.gen';

import type { AppState } from './state';

export interface PersonRow {
  readonly participantId: string;
  readonly name: string;
  readonly role: Role;
  readonly self: boolean;
  readonly away: boolean;
  readonly mic: boolean;
  readonly camera: boolean;
  readonly speaking: boolean;
}

type Inputs = Pick<AppState['room'], 'participants' | 'tracks' | 'speakers'>;

/** In the order of the tiles, then the observers. One pass over the Tracks: a lecture has hundreds of both. */
export function peopleOf(state: AppState): readonly PersonRow[] {
  const selfId = state.me?.participantId ?? '';
  const { participants, tracks, speakers }: Inputs = state.room;
  const live = new Set<string>();
  for (const track of tracks.values()) if (!track.muted) live.add(`${track.participant_id}/${track.source}`);
  const speaking = new Set(speakers.map((one) => one.participant_id));
  const observers = [...participants.values()].filter((one) => one.role === 'observer');
  return [...orderOfTiles(state.room, selfId), ...observers].map((one) => ({
    participantId: one.participant_id,
    name: one.display_name,
    role: one.role,
    self: one.participant_id === selfId,
    away: one.presence === 'away',
    mic: live.has(`${one.participant_id}/mic`),
    camera: live.has(`${one.participant_id}/camera`),
    speaking: speaking.has(one.participant_id),
  }));
}

const sameRow = (a: PersonRow, b: PersonRow | undefined): boolean =>
  b !== undefined && (Object.keys(a) as (keyof PersonRow)[]).every((key) => a[key] === b[key]);

export function samePeople(a: readonly PersonRow[], b: readonly PersonRow[]): boolean {
  return a.length === b.length && a.every((row, index) => sameRow(row, b[index]));
}
