/**
 * Which wanted Track goes into which video slot. Pure, and as still as possible: a Track that stays wanted stays where it
 * is, because every move costs a key frame and a blank moment.
 */
import type { Slot } from '@/protocol/messages.gen';

/** Slot number to Track id; slots that are not named are empty. */
export type Assignment = ReadonlyMap<number, string>;

export interface Want {
  readonly trackId: string;
  /** The instructor's camera: it belongs into the slot that is lip-synced with the pinned voice. */
  readonly main: boolean;
}

/** `wants` in order of importance: when there are more than slots, the last ones get none. */
export function assignSlots(slots: readonly Slot[], before: Assignment, wants: readonly Want[]): Assignment {
  const video = slots.filter((one) => one.kind === 'video');
  const mainSlot = video.find((one) => one.mode === 'main')?.slot ?? null;
  const tiles = video.filter((one) => one.mode !== 'main').map((one) => one.slot);
  const unique = [...new Map(wants.map((one) => [one.trackId, one])).values()];

  const result = new Map<number, string>();
  const main = mainSlot === null ? undefined : unique.find((one) => one.main);
  if (main !== undefined && mainSlot !== null) result.set(mainSlot, main.trackId);

  const others = unique.filter((one) => one !== main).slice(0, tiles.length);
  const wanted = new Set(others.map((one) => one.trackId));
  const placed = new Set<string>();
  for (const slot of tiles) {
    const kept = before.get(slot);
    if (kept === undefined || !wanted.has(kept) || placed.has(kept)) continue;
    result.set(slot, kept);
    placed.add(kept);
  }
  const free = tiles.filter((slot) => !result.has(slot));
  for (const { trackId } of others) {
    if (placed.has(trackId)) continue;
    const slot = free.shift();
    if (slot === undefined) break;
    result.set(slot, trackId);
  }
  return result;
}
