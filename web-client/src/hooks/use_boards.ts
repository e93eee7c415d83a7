import { useCallback, useMemo, useSyncExternalStore } from 'react';

import type { Boards, Surface } from '@/classroom/boards';
import type { Boarding } from '@/conductor/boarding';
import { readSurface } from '@/conductor/board_views';

import { sameFields, useApp, useConductor } from './conductor_context';

/** Reads one thing out of the boards; drawn again only when that thing differs. */
export function useBoards<T>(select: (state: Boards) => T, equal: (a: T, b: T) => boolean = Object.is): T {
  const { store } = useConductor().boards;
  const read = useMemo(() => store.select(select, equal), [store, select, equal]);
  return useSyncExternalStore(store.subscribe, read);
}

export const useBoarding = (): Boarding => useConductor().boards;

const sameSurface = (a: Surface | null, b: Surface | null): boolean => a === b || (a !== null && b !== null && sameFields(a, b));

/** The page in front of this person, or null when no board is shown. */
export function useSurface(): Surface | null {
  const selfId = useApp((state) => state.me?.participantId ?? '');
  return useBoards(
    useCallback((state: Boards) => readSurface(state, selfId), [selfId]),
    sameSurface,
  );
}
