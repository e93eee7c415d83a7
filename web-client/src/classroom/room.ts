/** What a client knows of the Room, and how each message changes it. Plain values: the same messages give the same Room. */
import type {
  Participant,
  RoomSnapshot,
  Slot,
  SlotMapping,
  Source,
  SpeakerLevel,
  Track,
} from '@/protocol/messages.gen';

import type { Assignment } from './assign_slots';

/**
 * One slot as this page sees it. `shown` is true only when the frame on the screen is known to be of `mapping`'s Track and
 * that is what we want to see there. `doubtful`: the wish went away from this Track and came back before the server
 * confirmed, so frames of the one in between may still come.
 */
export interface SlotView {
  readonly wish: string | null;
  readonly mapping: SlotMapping | null;
  readonly shown: boolean;
  readonly doubtful: boolean;
}

export interface Room {
  /** In order of arrival. */
  readonly participants: ReadonlyMap<string, Participant>;
  readonly tracks: ReadonlyMap<string, Track>;
  readonly speakers: readonly SpeakerLevel[];
  readonly quality: ReadonlyMap<string, number>;
  readonly slots: readonly Slot[];
  readonly slotViews: ReadonlyMap<number, SlotView>;
}

export const emptyRoom: Room = {
  participants: new Map(),
  tracks: new Map(),
  speakers: [],
  quality: new Map(),
  slots: [],
  slotViews: new Map(),
};

const emptySlotView: SlotView = { wish: null, mapping: null, shown: false, doubtful: false };

export type RoomEvent =
  | { readonly type: 'snapshot'; readonly room: RoomSnapshot }
  | { readonly type: 'participant'; readonly participant: Participant }
  | { readonly type: 'participant_left'; readonly participantId: string }
  | { readonly type: 'track'; readonly track: Track }
  | { readonly type: 'track_closed'; readonly trackId: string }
  | { readonly type: 'speakers'; readonly speakers: readonly SpeakerLevel[] }
  | { readonly type: 'quality'; readonly levels: Readonly<Record<string, number>> }
  | { readonly type: 'slots'; readonly slots: readonly Slot[]; readonly fresh: boolean }
  | { readonly type: 'wished'; readonly assignment: Assignment }
  | { readonly type: 'mapped'; readonly mapping: SlotMapping }
  | { readonly type: 'frame'; readonly slot: number; readonly generation: number }
  | { readonly type: 'settled'; readonly slot: number; readonly generation: number };

export function reduceRoom(room: Room, event: RoomEvent): Room {
  switch (event.type) {
    case 'snapshot':
      return fromSnapshot(room, event.room);
    case 'participant':
      return { ...room, participants: withEntry(room.participants, event.participant.participant_id, event.participant) };
    case 'participant_left':
      return withoutParticipant(room, event.participantId);
    case 'track':
      return { ...room, tracks: withEntry(room.tracks, event.track.track_id, event.track) };
    case 'track_closed':
      return { ...room, tracks: withoutEntry(room.tracks, event.trackId) };
    case 'speakers':
      return { ...room, speakers: event.speakers };
    case 'quality':
      return { ...room, quality: new Map(Object.entries(event.levels)) };
    case 'slots':
      return withSlots(room, event.slots, event.fresh);
    case 'wished':
      return withWishes(room, event.assignment);
    case 'mapped':
      return withMapping(room, event.mapping);
    case 'frame':
      return withFrame(room, event.slot, event.generation);
    case 'settled':
      return withSettled(room, event.slot, event.generation);
  }
}

function fromSnapshot(room: Room, snapshot: RoomSnapshot): Room {
  const next: Room = {
    ...room,
    participants: new Map(snapshot.participants.map((one) => [one.participant_id, one])),
    tracks: new Map(snapshot.tracks.map((one) => [one.track_id, one])),
    speakers: [],
    quality: new Map(),
  };
  return snapshot.mappings.reduce(withMapping, next);
}

function withoutParticipant(room: Room, participantId: string): Room {
  return {
    ...room,
    participants: withoutEntry(room.participants, participantId),
    tracks: new Map([...room.tracks].filter(([, track]) => track.participant_id !== participantId)),
    speakers: room.speakers.filter((one) => one.participant_id !== participantId),
  };
}

function withSlots(room: Room, slots: readonly Slot[], fresh: boolean): Room {
  // A fresh transport starts its mappings anew: nothing that was on a screen is there any more.
  const views = new Map<number, SlotView>();
  for (const { slot } of slots) views.set(slot, (fresh ? undefined : room.slotViews.get(slot)) ?? emptySlotView);
  return { ...room, slots, slotViews: views };
}

function withWishes(room: Room, assignment: Assignment): Room {
  let changed = false;
  const views = new Map(room.slotViews);
  for (const [slot, view] of room.slotViews) {
    const wish = assignment.get(slot) ?? null;
    if (wish === view.wish) continue;
    changed = true;
    const back = wish !== null && view.mapping?.track_id === wish;
    views.set(slot, { ...view, wish, shown: false, doubtful: back });
  }
  return changed ? { ...room, slotViews: views } : room;
}

function withMapping(room: Room, mapping: SlotMapping): Room {
  const view = room.slotViews.get(mapping.slot) ?? emptySlotView;
  if (view.mapping !== null && mapping.generation <= view.mapping.generation) return room;
  const next: SlotView = { ...view, mapping, shown: false, doubtful: false };
  return { ...room, slotViews: withEntry(room.slotViews, mapping.slot, next) };
}

function withFrame(room: Room, slot: number, generation: number): Room {
  const view = room.slotViews.get(slot);
  if (view === undefined || view.shown || view.doubtful) return room;
  if (view.mapping?.generation !== generation || view.mapping.track_id === null) return room;
  if (view.mapping.track_id !== view.wish) return room;
  return { ...room, slotViews: withEntry(room.slotViews, slot, { ...view, shown: true }) };
}

function withSettled(room: Room, slot: number, generation: number): Room {
  const view = room.slotViews.get(slot);
  if (view?.doubtful !== true || view.mapping?.generation !== generation) return room;
  return { ...room, slotViews: withEntry(room.slotViews, slot, { ...view, doubtful: false }) };
}

function withEntry<K, V>(map: ReadonlyMap<K, V>, key: K, value: V): ReadonlyMap<K, V> {
  return new Map(map).set(key, value);
}

function withoutEntry<K, V>(map: ReadonlyMap<K, V>, key: K): ReadonlyMap<K, V> {
  if (!map.has(key)) return map;
  const next = new Map(map);
  next.delete(key);
  return next;
}

// --- questions ------------------------------------------------------------------------------------------------------

export function trackOf(room: Room, participantId: string, source: Source): Track | null {
  for (const track of room.tracks.values()) {
    if (track.participant_id === participantId && track.source === source) return track;
  }
  return null;
}

/** The slot that is meant to show this Track, with what it shows now. */
export function slotShowing(room: Room, trackId: string): { slot: number; view: SlotView } | null {
  for (const [slot, view] of room.slotViews) if (view.wish === trackId) return { slot, view };
  return null;
}

/** May a tile with this Track's name show the slot's picture? */
export function isVisible(view: SlotView, trackId: string): boolean {
  return view.shown && view.wish === trackId && view.mapping?.track_id === trackId;
}
