import { describe, expect, it } from 'vitest';

import type { Assignment, Want } from '@/classroom/assign_slots';
import { assignSlots } from '@/classroom/assign_slots';
import type { Slot } from '@/protocol/messages.gen';

import { seeded } from './random';

const slots = (tiles: number): Slot[] => [
  { slot: 0, mid: 'a0', kind: 'audio', mode: 'pinned' },
  { slot: 1, mid: 'v0', kind: 'video', mode: 'main' },
  ...Array.from({ length: tiles }, (_, i): Slot => ({ slot: i + 2, mid: `v${i + 1}`, kind: 'video', mode: 'tile' })),
];
const want = (trackId: string, main = false): Want => ({ trackId, main });

describe('assignSlots', () => {
  it('puts the instructor into the main slot and others into tiles', () => {
    const given = assignSlots(slots(3), new Map(), [want('s1'), want('i', true), want('s2')]);
    expect([...given]).toEqual([[1, 'i'], [2, 's1'], [3, 's2']]);
  });

  it('keeps Tracks where they are when others come and go', () => {
    const before: Assignment = new Map([[2, 'a'], [3, 'b'], [4, 'c']]);
    const given = assignSlots(slots(3), before, [want('c'), want('d'), want('a')]);
    expect(given.get(2)).toBe('a');
    expect(given.get(4)).toBe('c');
    expect(given.get(3)).toBe('d');
  });

  it('leaves the least important out when there are more wants than slots', () => {
    const given = assignSlots(slots(2), new Map(), [want('a'), want('b'), want('c')]);
    expect([...given.values()]).toEqual(['a', 'b']);
  });

  it('holds its promises for any sequence of wants', () => {
    for (let seed = 1; seed <= 300; seed += 1) {
      const random = seeded(seed);
      const tiles = 1 + Math.floor(random() * 24);
      let before: Assignment = new Map();
      for (let step = 0; step < 20; step += 1) {
        const wants = randomWants(random);
        const given = assignSlots(slots(tiles), before, wants);
        check(given, before, wants, tiles, `seed ${seed} step ${step}`);
        before = given;
      }
    }
  });
});

function randomWants(random: () => number): Want[] {
  const names = Array.from({ length: 40 }, (_, i) => `t${i}`).filter(() => random() < 0.4);
  const main = random() < 0.7 ? 't0' : '';
  return names.sort(() => random() - 0.5).map((name) => want(name, name === main));
}

/** Names the first broken promise; one assertion a step, because there are thousands of steps. */
function check(given: Assignment, before: Assignment, wants: readonly Want[], tiles: number, where: string): void {
  expect(broken(given, before, wants, tiles), where).toBe('nothing');
}

function broken(given: Assignment, before: Assignment, wants: readonly Want[], tiles: number): string {
  const placed = [...given.values()];
  const wanted = new Set(wants.map((one) => one.trackId));
  const main = wants.find((one) => one.main)?.trackId;
  const others = wants.filter((one) => one.trackId !== main).map((one) => one.trackId);
  const important = new Set(others.slice(0, tiles));
  if (new Set(placed).size !== placed.length) return 'a Track twice';
  if (!placed.every((one) => wanted.has(one))) return 'something that nobody wants';
  if (given.get(1) !== main) return 'the main slot is not the instructor’s';
  if (placed.length - (main === undefined ? 0 : 1) !== Math.min(tiles, others.length)) return 'fewer than fit';
  const moved = [...before].some(([slot, trackId]) => slot !== 1 && important.has(trackId) && given.get(slot) !== trackId);
  return moved ? 'a Track moved that could stay' : 'nothing';
}
