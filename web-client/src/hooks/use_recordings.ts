/** What the pages of recordings know, and loading it. */
import { useEffect, useMemo, useState } from 'react';

import type { RecordingDetail, RecordingSummary } from '@/conductor/playback';
import { listRecordings, showRecording, takeToken } from '@/conductor/playback';

export { clockText, filmsAt, momentOf, recordingPath, step } from '@/conductor/playback';

export type Loaded<T> =
  | { readonly state: 'loading' }
  | { readonly state: 'refused'; readonly code: string }
  | { readonly state: 'there'; readonly value: T };

/** While it is being made one looks again so often. */
const AGAIN_MS = 3_000;

function shelf(): Storage | null {
  try {
    return window.sessionStorage;
  } catch {
    return null;
  }
}

function useToken(): string {
  return useMemo(() => {
    const token = takeToken(location.hash, shelf());
    if (location.hash !== '') history.replaceState(null, '', location.pathname + location.search);
    return token;
  }, []);
}

function useLoaded<T>(load: (token: string) => Promise<T>, again: (value: T) => boolean): Loaded<T> {
  const token = useToken();
  const [loaded, setLoaded] = useState<Loaded<T>>({ state: 'loading' });
  useEffect(() => {
    let gone = false;
    let timer = 0;
    const look = (): void => {
      load(token).then(
        (value) => {
          if (gone) return;
          setLoaded({ state: 'there', value });
          if (again(value)) timer = window.setTimeout(look, AGAIN_MS);
        },
        (error: unknown) => {
          const code = typeof error === 'object' && error !== null && 'code' in error ? String(error.code) : 'internal';
          if (!gone) setLoaded({ state: 'refused', code });
        },
      );
    };
    look();
    return () => {
      gone = true;
      window.clearTimeout(timer);
    };
  }, [load, again, token]);
  return loaded;
}

const beingMade = (one: RecordingSummary): boolean => one.state !== 'ready';
const anyBeingMade = (several: readonly RecordingSummary[]): boolean => several.some(beingMade);

export const useRecordings = (): Loaded<readonly RecordingSummary[]> => useLoaded(listRecordings, anyBeingMade);

export function useRecording(recordingId: string): Loaded<RecordingDetail> {
  const load = useMemo(() => (token: string) => showRecording(token, recordingId), [recordingId]);
  return useLoaded(load, beingMade);
}
