/** The self-test: what the page finds out by itself, what a person answers, and the report of both. */
import { useCallback, useState } from 'react';

import type { AutoKey, AutoResult } from '@/conductor/selftest';
import { reportOf, runAutomatic } from '@/conductor/selftest';

export { AUTO_KEYS } from '@/conductor/selftest';
export type { AutoKey, AutoResult };

export type Verdict = 'open' | 'pass' | 'fail' | 'skip';
export type Progress = 'idle' | 'running' | 'done';

export const STEP_KEYS = ['sound', 'preview', 'rotate', 'background', 'lock', 'headset', 'call', 'silent', 'network'] as const;
export type StepKey = (typeof STEP_KEYS)[number];

export interface Selftest {
  readonly progress: Progress;
  readonly automatic: ReadonlyMap<AutoKey, AutoResult>;
  readonly manual: ReadonlyMap<StepKey, Verdict>;
  readonly camera: MediaStreamTrack | null;
  readonly mic: MediaStreamTrack | null;
  readonly start: () => void;
  readonly answer: (step: StepKey, verdict: Verdict) => void;
  readonly report: string;
}

export function useSelftest(): Selftest {
  const [progress, setProgress] = useState<Progress>('idle');
  const [automatic, setAutomatic] = useState<ReadonlyMap<AutoKey, AutoResult>>(new Map());
  const [manual, setManual] = useState<ReadonlyMap<StepKey, Verdict>>(new Map());
  const [tracks, setTracks] = useState<{ camera: MediaStreamTrack | null; mic: MediaStreamTrack | null }>({ camera: null, mic: null });

  const start = useCallback(() => {
    setProgress('running');
    setAutomatic(new Map());
    void runAutomatic((key, result) => setAutomatic((before) => new Map(before).set(key, result))).then((opened) => {
      setTracks(opened);
      setProgress('done');
    });
  }, []);

  const answer = useCallback((step: StepKey, verdict: Verdict) => {
    setManual((before) => new Map(before).set(step, verdict));
  }, []);

  return { progress, automatic, manual, ...tracks, start, answer, report: reportOf(automatic, manual) };
}
