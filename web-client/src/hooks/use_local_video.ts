import type { RefObject } from 'react';
import { useEffect, useRef } from 'react';

import { useApp, useConductor } from './conductor_context';

/** One's own picture. `version` grows when the track is another one. */
export function useLocalVideo(source: 'camera' | 'screen'): RefObject<HTMLVideoElement | null> {
  const conductor = useConductor();
  const version = useApp((state) => state.local[source].version);
  const ref = useRef<HTMLVideoElement>(null);
  useEffect(() => {
    const video = ref.current;
    const track = conductor.localTrack(source);
    if (video === null || track === null) return;
    video.srcObject = new MediaStream([track]);
    void video.play().catch(() => undefined);
    return () => {
      video.srcObject = null;
    };
  }, [conductor, source, version]);
  return ref;
}
