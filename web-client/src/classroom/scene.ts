/**
 * What is on the screen: which tiles, how large, on which page. Pure; the page draws it and the slots are filled by it,
 * so that both always agree.
 */
import type { Participant, Role } from '@/protocol/messages.gen';

import type { Want } from './assign_slots';
import type { GridShape, Size } from './grid';
import { GAP, gridCapacity, gridShape } from './grid';
import type { Room } from './room';
import { trackOf } from './room';

export type LayoutMode = 'grid' | 'speaker';

export interface View {
  readonly layout: LayoutMode;
  /** The layout to go back to when a screen share that switched it ends. */
  readonly layoutBefore: LayoutMode | null;
  readonly page: number;
  readonly box: Size;
  /** Who is large in the speaker layout. */
  readonly speakerId: string | null;
}

export interface Tile {
  readonly key: string;
  readonly participantId: string;
  readonly source: 'camera' | 'screen';
  /** The Track to show; null: nothing is sent (camera off), the avatar stands. */
  readonly trackId: string | null;
  readonly self: boolean;
  readonly size: Size;
}

export type StripSide = 'right' | 'bottom';

export interface Scene {
  readonly stage: Tile | null;
  readonly tiles: readonly Tile[];
  readonly shape: GridShape;
  readonly strip: StripSide;
  readonly page: number;
  readonly pages: number;
}

const ROLE_RANK: Readonly<Record<Role, number>> = { instructor: 0, assistant: 1, student: 2, observer: 3 };

/** Those who can be seen: instructors first, then who shows a picture, each in order of arrival. */
export function orderOfTiles(room: Room, selfId: string): readonly Participant[] {
  const visible = [...room.participants.values()].filter((one) => one.role !== 'observer');
  const sends = new Set<string>();
  for (const track of room.tracks.values()) {
    if (track.source === 'camera' && !track.muted) sends.add(track.participant_id);
  }
  const rank = (one: Participant): number =>
    ROLE_RANK[one.role] * 4 + (one.participant_id === selfId ? 2 : sends.has(one.participant_id) ? 0 : 1);
  return visible
    .map((one, index) => ({ one, index }))
    .sort((a, b) => rank(a.one) - rank(b.one) || a.index - b.index)
    .map(({ one }) => one);
}

/** One's own tile stands on the first page, wherever the order would put it. */
export function withSelfOnFirstPage(order: readonly Participant[], selfId: string, perPage: number): readonly Participant[] {
  const at = order.findIndex((one) => one.participant_id === selfId);
  const self = order[at];
  if (self === undefined || at < perPage) return order;
  const rest = order.filter((one) => one !== self);
  return [...rest.slice(0, perPage - 1), self, ...rest.slice(perPage - 1)];
}

function cameraTile(room: Room, participant: Participant, selfId: string, size: Size): Tile {
  const track = trackOf(room, participant.participant_id, 'camera');
  const self = participant.participant_id === selfId;
  const live = track !== null && !track.muted;
  const trackId = live && !self ? track.track_id : null;
  return { key: `${participant.participant_id}:camera`, participantId: participant.participant_id, source: 'camera', trackId, self, size };
}

/** The screen share on stage: the instructor's if there are several, else the first. */
export function activeShare(room: Room): { participantId: string; trackId: string } | null {
  let found: { participantId: string; trackId: string; rank: number } | null = null;
  for (const track of room.tracks.values()) {
    const owner = room.participants.get(track.participant_id);
    if (track.source !== 'screen' || owner === undefined) continue;
    const rank = ROLE_RANK[owner.role];
    if (found === null || rank < found.rank) found = { participantId: owner.participant_id, trackId: track.track_id, rank };
  }
  return found;
}

const STRIP_WIDE: Size = { width: 208, height: 117 };
const STRIP_NARROW: Size = { width: 120, height: 90 };

interface Frame {
  readonly strip: StripSide;
  readonly stage: Size;
  readonly tile: Size;
  readonly perPage: number;
}

function frameOf(box: Size, slotsMax: number): Frame {
  const wide = box.width >= 720 && box.width > box.height;
  const tile = wide ? STRIP_WIDE : STRIP_NARROW;
  const fit = wide ? (box.height + GAP) / (tile.height + GAP) : (box.width + GAP) / (tile.width + GAP);
  const stage = wide
    ? { width: box.width - tile.width - GAP, height: box.height }
    : { width: box.width, height: box.height - tile.height - GAP };
  return { strip: wide ? 'right' : 'bottom', stage, tile, perPage: Math.max(1, Math.min(slotsMax - 1, Math.floor(fit))) };
}

/** `slotsMax`: video slots that the server gave us; before that, a page as if there were plenty. */
export function sceneOf(room: Room, view: View, selfId: string, slotsMax: number): Scene {
  const order = orderOfTiles(room, selfId);
  return view.layout === 'grid'
    ? gridScene(room, view, order, selfId, slotsMax)
    : stageScene(room, view, order, selfId, slotsMax);
}

function gridScene(room: Room, view: View, order: readonly Participant[], selfId: string, slotsMax: number): Scene {
  const share = activeShare(room);
  const shared = share !== null && share.participantId !== selfId;
  // The share takes one place on every page; one's own tile needs no slot.
  const perPage = Math.max(1, gridCapacity(view.box, slotsMax) - (shared ? 1 : 0));
  const pages = Math.max(1, Math.ceil(order.length / perPage));
  const page = Math.min(view.page, pages - 1);
  const here = withSelfOnFirstPage(order, selfId, perPage).slice(page * perPage, (page + 1) * perPage);
  const shape = gridShape(view.box, here.length + (shared ? 1 : 0));
  const tiles = here.map((one) => cameraTile(room, one, selfId, shape.tile));
  if (shared) tiles.unshift(shareTile(share, shape.tile));
  return { stage: null, tiles, shape, strip: 'right', page, pages };
}

function shareTile(share: { participantId: string; trackId: string }, size: Size): Tile {
  return { key: `${share.participantId}:screen`, participantId: share.participantId, source: 'screen', trackId: share.trackId, self: false, size };
}

function stageScene(room: Room, view: View, order: readonly Participant[], selfId: string, slotsMax: number): Scene {
  const frame = frameOf(view.box, slotsMax);
  const share = activeShare(room);
  const shared = share !== null && share.participantId !== selfId;
  const onStage = shared ? null : (order.find((one) => one.participant_id === view.speakerId) ?? firstOther(order, selfId));
  const inStrip = order.filter((one) => one !== onStage);
  const size = inStrip.length === 0 ? view.box : frame.stage;
  const stage = shared ? shareTile(share, size) : onStage === null ? null : cameraTile(room, onStage, selfId, size);
  const pages = Math.max(1, Math.ceil(inStrip.length / frame.perPage));
  const page = Math.min(view.page, pages - 1);
  const arranged = withSelfOnFirstPage(inStrip, selfId, frame.perPage);
  const here = arranged.slice(page * frame.perPage, (page + 1) * frame.perPage);
  const tiles = here.map((one) => cameraTile(room, one, selfId, frame.tile));
  const along = frame.strip === 'right' ? { columns: 1, rows: here.length } : { columns: here.length, rows: 1 };
  return { stage, tiles, shape: { ...along, tile: frame.tile }, strip: frame.strip, page, pages };
}

function firstOther(order: readonly Participant[], selfId: string): Participant | null {
  return order.find((one) => one.participant_id !== selfId) ?? order[0] ?? null;
}

/** The Tracks this scene needs, most important first. */
export function wantsOf(room: Room, scene: Scene, mainParticipantId: string | null): readonly Want[] {
  const all = scene.stage === null ? scene.tiles : [scene.stage, ...scene.tiles];
  const wants: Want[] = [];
  for (const tile of all) {
    if (tile.trackId === null || !room.tracks.has(tile.trackId)) continue;
    wants.push({ trackId: tile.trackId, main: tile.source === 'camera' && tile.participantId === mainParticipantId });
  }
  return wants;
}

/** Whose voice is pinned: the server's mapping says it; before that, the first instructor in the Room. */
export function mainParticipant(room: Room, selfId: string): string | null {
  const pinned = room.slots.find((one) => one.mode === 'pinned');
  const mapped = pinned === undefined ? null : (room.slotViews.get(pinned.slot)?.mapping?.participant_id ?? null);
  if (mapped !== null && room.participants.get(mapped)?.role === 'instructor') return mapped;
  for (const one of room.participants.values()) {
    if (one.role === 'instructor' && one.participant_id !== selfId) return one.participant_id;
  }
  return null;
}
