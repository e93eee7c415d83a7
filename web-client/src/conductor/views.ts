/** Questions about the whole state that both the conductor and the page ask. */
import type { Participant } from '@/protocol/messages.gen';
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

let last: { state: AppState; scene: Scene } | null = null;

/** Remembered by what it depends on, so that the page and the conductor share one computation. */
export function sceneOfState(state: AppState): Scene {
  const same =
    last !== null &&
    last.state.room.participants === state.room.participants &&
    last.state.room.tracks === state.room.tracks &&
    last.state.room.slots === state.room.slots &&
    last.state.view === state.view &&
    last.state.me === state.me;
  if (last !== null && same) return last.scene;
  const scene = sceneOf(state.room, state.view, state.me?.participantId ?? '', slotsMax(state));
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
  /** The slot whose picture stands here, and whether it may be seen yet. */
  readonly slot: number | null;
  readonly visible: boolean;
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
    slot: shown?.slot ?? null,
    visible: shown !== null && trackId !== null && isVisible(shown.view, trackId),
  };
}

export function may(state: AppState, action: string): boolean {
  return state.me?.actions.includes(action) ?? false;
}
