/**
 * Tells which frame of a slot is on the screen, so that a tile can stay blank until the picture is the right person's.
 * The best witness is the frame's own RTP timestamp; where the browser hides it, the receiver's last rendered source.
 */

/** Is `rtp` at or after `first`, in RTP's wrapping arithmetic (RFC 3550 section 5.1)? */
export function reached(rtp: number, first: number): boolean {
  return ((rtp - first) >>> 0) < 0x8000_0000;
}

interface FrameMetadata {
  readonly rtpTimestamp?: number;
}

interface FrameVideo {
  requestVideoFrameCallback?: (run: (now: number, metadata: FrameMetadata) => void) => number;
  cancelVideoFrameCallback?: (id: number) => void;
}

export interface SourceWitness {
  getSynchronizationSources?: () => readonly { readonly rtpTimestamp?: number }[];
}

/** `rtp` null: a frame was shown and nobody can say which. */
export type OnFrame = (rtp: number | null) => void;

/** Calls back for every shown frame until the returned function is called. */
export function watchFrames(video: HTMLVideoElement, receiver: SourceWitness | null, onFrame: OnFrame): () => void {
  const witness = (): number | null => receiver?.getSynchronizationSources?.()[0]?.rtpTimestamp ?? null;
  const able = video as unknown as FrameVideo;
  if (able.requestVideoFrameCallback === undefined) return pollFrames(video, () => onFrame(witness()));
  let over = false;
  let id = 0;
  const next = (): void => {
    id = able.requestVideoFrameCallback?.((_now, metadata) => {
      if (over) return;
      onFrame(metadata.rtpTimestamp ?? witness());
      next();
    }) ?? 0;
  };
  next();
  return () => {
    over = true;
    able.cancelVideoFrameCallback?.(id);
  };
}

function pollFrames(video: HTMLVideoElement, onFrame: () => void): () => void {
  let last = video.currentTime;
  const timer = setInterval(() => {
    if (video.currentTime === last) return;
    last = video.currentTime;
    onFrame();
  }, 100);
  return () => clearInterval(timer);
}
