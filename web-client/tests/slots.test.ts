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

function check(given: Assignment, before: Assignment, wants: readonly Want[], tiles: number, where: string): void {
  const placed = [...given.values()];
  expect(new Set(placed).size, `no Track twice, ${where}`).toBe(placed.length);
  const wanted = new Set(wants.map((one) => one.trackId));
  expect(placed.every((one) => wanted.has(one)), `only what is wanted, ${where}`).toBe(true);
  const main = wants.find((one) => one.main)?.trackId;
  expect(given.get(1), `the main slot is the instructor's, ${where}`).toBe(main);
  const others = wants.filter((one) => one.trackId !== main).map((one) => one.trackId);
  const tilesFilled = placed.length - (main === undefined ? 0 : 1);
  expect(tilesFilled, `as many as fit, ${where}`).toBe(Math.min(tiles, others.length));
  const important = new Set(others.slice(0, tiles));
  for (const [slot, trackId] of before) {
    if (slot === 1 || !important.has(trackId)) continue;
    expect(given.get(slot), `stays in its slot, ${where}`).toBe(trackId);
  }
}
