import { createContext, useContext, useMemo, useSyncExternalStore } from 'react';

import type { Conductor } from '@/conductor/conductor';
import type { AppState } from '@/conductor/state';

export const ConductorContext = createContext<Conductor | null>(null);

export function useConductor(): Conductor {
  const conductor = useContext(ConductorContext);
  if (conductor === null) throw new Error('useConductor outside of ConductorContext');
  return conductor;
}

/** Reads one thing out of the state; the component is drawn again only when that thing differs. */
export function useApp<T>(select: (state: AppState) => T, equal: (a: T, b: T) => boolean = Object.is): T {
  const { store } = useConductor();
  const read = useMemo(() => store.select(select, equal), [store, select, equal]);
  return useSyncExternalStore(store.subscribe, read);
}

/** Equality of flat records, for selections that are put together on the fly. */
export function sameFields<T extends object>(a: T, b: T): boolean {
  const keys = Object.keys(a) as (keyof T)[];
  return keys.length === Object.keys(b).length && keys.every((key) => Object.is(a[key], b[key]));
}
