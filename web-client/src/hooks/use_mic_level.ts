import { useEffect, useState } from 'react';

import { watchLevel } from '@/conductor/checks';

import { useApp, useConductor } from './conductor_context';

/** Loudness of one's own microphone, 0 to 1; 0 while it is off. */
export function useMicLevel(): number {
  const conductor = useConductor();
  const version = useApp((state) => state.local.mic.version);
  const on = useApp((state) => state.local.mic.on);
  const [level, setLevel] = useState(0);
  useEffect(() => {
    const track = conductor.localTrack('mic');
    if (track === null || !on) return;
    const stop = watchLevel(track, setLevel);
    return () => {
      stop();
      setLevel(0);
    };
  }, [conductor, version, on]);
  return level;
}
