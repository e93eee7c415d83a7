import { describe, expect, it } from 'vitest';

import { groupable, groupOf, planOf, randomGroups, sharesRoom, withCount, withMember } from '@/classroom/grouping';
import type { BreakoutsSnapshot, Participant } from '@/protocol/messages.gen';

import { seeded } from './random';

const ids = Array.from({ length: 23 }, (_, at) => `par_${at}`);
const person = (id: string, role: Participant['role']): Participant => ({ participant_id: id, display_name: id, role, presence: 'here' });

describe('groups', () => {
  it('deals everybody once, into groups of almost the same size', () => {
    for (let count = 1; count <= 8; count += 1) {
      const groups = randomGroups(ids, count, seeded(count));
      expect(groups.flat().sort()).toEqual([...ids].sort());
      const sizes = groups.map((one) => one.length);
      expect(Math.max(...sizes) - Math.min(...sizes)).toBeLessThanOrEqual(1);
    }
  });

  it('deals differently another time', () => {
    expect(randomGroups(ids, 4, seeded(1))).not.toEqual(randomGroups(ids, 4, seeded(2)));
  });

  it('has room for more groups than people', () => {
    expect(randomGroups(['a'], 3, seeded(1)).map((one) => one.length)).toEqual([1, 0, 0]);
  });

  it('moves a person and never has one twice', () => {
    const moved = withMember([['a', 'b'], ['c']], 'a', 1);
    expect(moved).toEqual([['b'], ['c', 'a']]);
    expect(withMember(moved, 'a', null)).toEqual([['b'], ['c']]);
    expect(withCount(moved, 1)).toEqual([['b']]);
  });

  it('plans nobody who has left', () => {
    expect(planOf([['a', 'gone'], []], new Set(['a']), (number) => `Group ${number}`)).toEqual([
      { name: 'Group 1', participant_ids: ['a'] },
      { name: 'Group 2', participant_ids: [] },
    ]);
  });

  it('takes students only', () => {
    const found = groupable([person('t', 'instructor'), person('s', 'student'), person('o', 'observer')]);
    expect(found.map((one) => one.participant_id)).toEqual(['s']);
  });
});

const group = (id: string, inside: readonly string[], visitors: readonly string[] = []): BreakoutsSnapshot['groups'][number] => ({
  group_id: id, name: id, participant_ids: inside, visitor_ids: visitors, called: false,
});
const breakouts = (own: string | null): BreakoutsSnapshot => ({
  open: true, mode: 'assigned', prompt: '', started_utc: null, ends_utc: null, own_group_id: own,
  groups: [group('g1', ['a', 'b'], ['t']), group('g2', ['c'])],
});

describe('who shares a room', () => {
  it('is the own group with who looks in', () => {
    const together = ['a', 'b', 'c', 't', 'main'].filter((id) => sharesRoom(breakouts('g1'), id, 'a'));
    expect(together).toEqual(['a', 'b', 't']);
    expect(groupOf(breakouts('g1'), 'c')).toBe('g2');
  });

  it('is the main room for those in no group', () => {
    expect(['a', 'c', 't', 'main', 'me'].filter((id) => sharesRoom(breakouts(null), id, 'me'))).toEqual(['main', 'me']);
  });

  it('is everybody while the class is not in groups', () => {
    expect(sharesRoom({ ...breakouts(null), open: false }, 'a', 'me')).toBe(true);
  });
});
