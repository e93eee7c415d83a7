import { useCallback, useEffect, useState } from 'react';

import type { CheckSet, SavedCheck } from '@/protocol/records';

import { useConductor } from './conductor_context';

export type SetsState = 'loading' | 'ready' | 'failed';

export interface CheckSets {
  readonly state: SetsState;
  readonly sets: readonly CheckSet[];
  readonly reload: () => void;
  readonly save: (check: Omit<SavedCheck, 'saved_id'>) => Promise<boolean>;
  readonly remove: (setId: string) => Promise<void>;
}

/** A title is for finding it again; the question itself says all. */
const TITLE_MAX = 80;

/** The questions that this person has prepared. `on` false: this role has none, and nothing is asked. */
export function useCheckSets(on: boolean): CheckSets {
  const { records } = useConductor();
  const [state, setState] = useState<SetsState>('loading');
  const [sets, setSets] = useState<readonly CheckSet[]>([]);
  const [round, setRound] = useState(0);
  useEffect(() => {
    if (!on) return;
    let over = false;
    records.checkSets().then(
      (found) => {
        if (over) return;
        setSets(found);
        setState('ready');
      },
      () => {
        if (!over) setState('failed');
      },
    );
    return () => {
      over = true;
    };
  }, [records, on, round]);
  const reload = useCallback(() => setRound((before) => before + 1), []);
  const save = useCallback(
    async (check: Omit<SavedCheck, 'saved_id'>) => {
      try {
        await records.saveChecks(check.spec.prompt.slice(0, TITLE_MAX), [check]);
        reload();
        return true;
      } catch {
        setState('failed');
        return false;
      }
    },
    [records, reload],
  );
  const remove = useCallback(
    async (setId: string) => {
      await records.removeCheckSet(setId).catch(() => setState('failed'));
      reload();
    },
    [records, reload],
  );
  return { state, sets, reload, save, remove };
}
