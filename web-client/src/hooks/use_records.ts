import { useCallback, useEffect, useMemo, useState } from 'react';

import { loadDay, loadRecord, pageOfThisLink, problemOf, recordAddress, recordsApi } from '@/conductor/records';
import type { RecordOf } from '@/conductor/records';
import type { Problem } from '@/conductor/state';
import type { Day, NewCorrection, RecordsApi } from '@/protocol/records';

export { pageOfThisLink, recordAddress };

export type Loaded<T> = { readonly state: 'loading' } | { readonly state: 'failed'; readonly problem: Problem } | { readonly state: 'here'; readonly value: T };

export interface Record_<T> {
  readonly record: Loaded<T>;
  readonly again: () => void;
}

/** Reads once, again when asked, and by itself when the device is back online. What is shown stays while it is read anew. */
function useLoaded<T>(api: RecordsApi, load: (api: RecordsApi) => Promise<T>): Record_<T> {
  const [record, setRecord] = useState<Loaded<T>>({ state: 'loading' });
  const again = useCallback(() => {
    load(api).then(
      (value) => setRecord({ state: 'here', value }),
      (error: unknown) => setRecord((before) => (before.state === 'here' ? before : { state: 'failed', problem: problemOf(error) })),
    );
  }, [api, load]);
  useEffect(() => {
    again();
    window.addEventListener('online', again);
    return () => window.removeEventListener('online', again);
  }, [again]);
  return { record, again };
}

export interface ReportPage extends Record_<RecordOf> {
  /** Null: it worked. */
  readonly correct: (correction: NewCorrection) => Promise<Problem | null>;
  readonly facts: () => Promise<Blob | null>;
}

export function useReport(token: string): ReportPage {
  const api = useMemo(() => recordsApi(token), [token]);
  const { record, again } = useLoaded(api, loadRecord);
  const correct = async (correction: NewCorrection): Promise<Problem | null> => {
    try {
      await api.correct(correction);
      again();
      return null;
    } catch (error) {
      return problemOf(error);
    }
  };
  const facts = (): Promise<Blob | null> => api.factsFile().catch(() => null);
  return { record, again, correct, facts };
}

/** Who waits and who is here changes while one looks. */
const DAY_EVERY_MS = 15_000;

export interface DayView {
  readonly day: Day;
  /** How far the server's clock is ahead of this device's. */
  readonly aheadMs: number;
}

const readDay = async (api: RecordsApi): Promise<DayView> => {
  const day = await loadDay(api);
  return { day, aheadMs: Date.parse(day.server_now_utc) - Date.now() };
};

export function useDay(token: string): Record_<DayView> {
  const api = useMemo(() => recordsApi(token), [token]);
  const { record, again } = useLoaded(api, readDay);
  useEffect(() => {
    const timer = setInterval(() => {
      if (document.visibilityState === 'visible') again();
    }, DAY_EVERY_MS);
    return () => clearInterval(timer);
  }, [again]);
  return { record, again };
}
