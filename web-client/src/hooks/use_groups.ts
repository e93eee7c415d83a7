import { useMemo, useSyncExternalStore } from 'react';

import type { BreakingOut, Broadcast } from '@/conductor/breaking_out';
import { groupable, planOf, randomGroups, withCount, withMember } from '@/conductor/group_views';
import type { BreakoutGroup, BreakoutsSnapshot, Participant } from '@/protocol/messages.gen';

import { sameFields, useApp, useConductor } from './conductor_context';

export { GROUPS_MAX, BREAKOUT_PROMPT_MAX } from '@/conductor/group_views';
export { planOf, randomGroups, withCount, withMember };

export const useBreakouts = (): BreakoutsSnapshot => useApp((state) => state.lesson.breakouts);
export const useBreakingOut = (): BreakingOut => useConductor().breakouts;

/** Students in the class, in order of arrival: those who can be put into a group. */
export function useGroupable(): readonly Participant[] {
  const people = useApp((state) => state.room.participants);
  return useMemo(() => groupable(people.values()), [people]);
}

export function useBroadcast(): Broadcast | null {
  const { said } = useConductor().breakouts;
  return useSyncExternalStore(said.subscribe, said.get);
}

/** The group that this person is in now. */
export function useOwnGroup(): BreakoutGroup | null {
  const breakouts = useBreakouts();
  return breakouts.groups.find((one) => one.group_id === breakouts.own_group_id) ?? null;
}

export const useNames = (): ReadonlyMap<string, Participant> => useApp((state) => state.room.participants, sameMap);
const sameMap = (a: ReadonlyMap<string, Participant>, b: ReadonlyMap<string, Participant>): boolean =>
  a === b || (a.size === b.size && [...a].every(([id, one]) => sameFields(one, b.get(id) ?? ({} as Participant))));
