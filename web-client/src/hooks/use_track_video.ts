import type { RefObject } from 'react';
import { useEffect, useRef, useState } from 'react';

import { watchLevel } from '@/conductor/checks';

/** Any one track in an element. */
export function useTrackVideo(track: MediaStreamTrack | null): RefObject<HTMLVideoElement | null> {
  const ref = useRef<HTMLVideoElement>(null);
  useEffect(() => {
    const video = ref.current;
    if (video === null || track === null) return;
    video.srcObject = new MediaStream([track]);
    void video.play().catch(() => undefined);
    return () => {
      video.srcObject = null;
    };
  }, [track]);
  return ref;
}

/** Loudness of any one track; the track is stopped when the page lets go of it. */
export function useTrackLevel(track: MediaStreamTrack | null): number {
  const [level, setLevel] = useState(0);
  useEffect(() => {
    if (track === null) return;
    return watchLevel(track, setLevel);
  }, [track]);
  return level;
}

/** Camera and microphone of the self-test go off with its page. */
export function useStopOnLeave(...tracks: readonly (MediaStreamTrack | null)[]): void {
  const latest = useRef(tracks);
  useEffect(() => {
    latest.current = tracks;
  });
  useEffect(() => () => latest.current.forEach((track) => track?.stop()), []);
}
