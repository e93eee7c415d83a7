/** Questions about the whole state that both the conductor and the page ask. */
import type { Participant, Reaction, Source } from '@/protocol/messages.gen';
import { sharesRoom } from '@/classroom/grouping';
import type { Room } from '@/classroom/room';
import type { Scene } from '@/classroom/scene';
import { sceneOf } from '@/classroom/scene';
import { isVisible, slotShowing, trackOf } from '@/classroom/room';

import type { AppState } from './state';

/** Before the server has told us, a page is laid out as if it had the slots of a desktop. */
const SLOTS_ASSUMED = 25;

export function slotsMax(state: AppState): number {
  const video = state.room.slots.filter((one) => one.kind === 'video').length;
  return video === 0 ? SLOTS_ASSUMED : video;
}

/** The Room as far as one is together: while the class is in groups, one's own group and who looks in. */
function roomHere(state: AppState): Room {
  const { breakouts } = state.lesson;
  if (!breakouts.open) return state.room;
  const selfId = state.me?.participantId ?? '';
  const here = [...state.room.participants].filter(([id]) => sharesRoom(breakouts, id, selfId));
  return { ...state.room, participants: new Map(here) };
}

let last: { state: AppState; scene: Scene } | null = null;

/** Remembered by what it depends on, so that the page and the conductor share one computation. */
export function sceneOfState(state: AppState): Scene {
  const same =
    last !== null &&
    last.state.room.participants === state.room.participants &&
    last.state.room.tracks === state.room.tracks &&
    last.state.room.slots === state.room.slots &&
    last.state.view === state.view &&
    last.state.lesson.breakouts === state.lesson.breakouts &&
    last.state.me === state.me;
  if (last !== null && same) return last.scene;
  const scene = sceneOf(roomHere(state), state.view, state.me?.participantId ?? '', slotsMax(state));
  last = { state, scene };
  return scene;
}

export type TileNetwork = 'good' | 'fair' | 'bad' | 'lost';

export interface TileView {
  readonly name: string;
  readonly role: Participant['role'];
  readonly away: boolean;
  readonly muted: boolean;
  readonly speaking: boolean;
  readonly network: TileNetwork;
  /** Place in the queue of hands, from 1; 0: the hand is down. */
  readonly hand: number;
  readonly reaction: Reaction | null;
  readonly spotlit: boolean;
  /** The slot whose picture stands here, and whether it may be seen yet. */
  readonly slot: number | null;
  readonly visible: boolean;
  /** The picture stands still: our own network carries no more. */
  readonly paused: boolean;
}

const NETWORKS: readonly TileNetwork[] = ['lost', 'bad', 'fair', 'good'];

export function networkOf(state: AppState, participantId: string): TileNetwork {
  const level = state.room.quality.get(participantId);
  return level === undefined ? 'good' : (NETWORKS[level] ?? 'good');
}

export function tileView(state: AppState, participantId: string, trackId: string | null): TileView {
  const participant = state.room.participants.get(participantId);
  const mic = trackOf(state.room, participantId, 'mic');
  const self = state.me?.participantId === participantId;
  const shown = trackId === null ? null : slotShowing(state.room, trackId);
  return {
    name: participant?.display_name ?? '',
    role: participant?.role ?? 'student',
    away: participant?.presence === 'away',
    muted: self ? !state.local.mic.on : mic === null || mic.muted,
    speaking: state.room.speakers.some((one) => one.participant_id === participantId),
    network: networkOf(state, participantId),
    hand: state.lesson.hands.findIndex((one) => one.participant_id === participantId) + 1,
    reaction: state.lesson.reactions.get(participantId)?.reaction ?? null,
    spotlit: state.lesson.spotlight === participantId,
    slot: shown?.slot ?? null,
    visible: shown !== null && trackId !== null && isVisible(shown.view, trackId),
    paused: shown !== null && shown.view.paused === trackId,
  };
}

export function trackIdOf(state: AppState, participantId: string, source: Source): string | null {
  return trackOf(state.room, participantId, source)?.track_id ?? null;
}

export function may(state: AppState, action: string): boolean {
  return state.me?.actions.includes(action) ?? false;
}
