/** Puts a slot's track into an element. */
import type { RefObject } from 'react';
import { useEffect, useRef } from 'react';

import { watchFrames } from '@/conductor/frames';
import type { AppState } from '@/conductor/state';

import { useApp, useConductor } from './conductor_context';

const epochOf = (state: AppState): number => state.media.epoch;

/** While the tile is blank, every frame is looked at; once the right one was seen, nobody watches any more. */
export function useSlotVideo(slot: number, visible: boolean): RefObject<HTMLVideoElement | null> {
  const conductor = useConductor();
  const epoch = useApp(epochOf);
  const ref = useRef<HTMLVideoElement>(null);

  useEffect(() => {
    const video = ref.current;
    const track = conductor.slotTrack(slot);
    if (video === null) return;
    video.srcObject = track === null ? null : new MediaStream([track]);
    // Muted video may always start; a refusal here only means that the element is already gone.
    if (track !== null) void video.play().catch(() => undefined);
    return () => {
      video.srcObject = null;
    };
  }, [conductor, slot, epoch]);

  useEffect(() => {
    const video = ref.current;
    if (video === null || visible) return;
    return watchFrames(video, conductor.slotWitness(slot), (rtp) => conductor.frameSeen(slot, rtp));
  }, [conductor, slot, epoch, visible]);

  return ref;
}

export function useSlotAudio(slot: number): RefObject<HTMLAudioElement | null> {
  const conductor = useConductor();
  const epoch = useApp(epochOf);
  const ref = useRef<HTMLAudioElement>(null);
  useEffect(() => {
    const audio = ref.current;
    const track = conductor.slotTrack(slot);
    if (audio === null || track === null) return;
    audio.srcObject = new MediaStream([track]);
    const remove = conductor.sound.add(audio);
    return () => {
      remove();
      audio.srcObject = null;
    };
  }, [conductor, slot, epoch]);
  return ref;
}
