/** How each source is encoded: layers low to high, as the server's layer numbers count. */
import type { Source } from '@/protocol/messages.gen';

import type { ShareKind } from './capture';

/**
 * Camera bitrates at 720 lines: 150 kb/s is the least at which 180 lines are a face, 1.7 Mb/s the most that VP8 turns into
 * visible quality there. The lowest layer is also what a page of 25 tiles shows, so its 15 frames a second save 25 decoders.
 */
const CAMERA: readonly RTCRtpEncodingParameters[] = [
  { rid: 'q', scaleResolutionDownBy: 4, maxBitrate: 150_000, maxFramerate: 15 },
  { rid: 'h', scaleResolutionDownBy: 2, maxBitrate: 500_000, maxFramerate: 30 },
  { rid: 'f', scaleResolutionDownBy: 1, maxBitrate: 1_700_000, maxFramerate: 30 },
];

/** Text wants every pixel and few frames; a film wants frames. */
const SCREEN: Readonly<Record<ShareKind, readonly RTCRtpEncodingParameters[]>> = {
  text: [
    { rid: 'q', scaleResolutionDownBy: 2, maxBitrate: 400_000, maxFramerate: 5 },
    { rid: 'f', scaleResolutionDownBy: 1, maxBitrate: 2_500_000, maxFramerate: 15 },
  ],
  motion: [
    { rid: 'q', scaleResolutionDownBy: 2, maxBitrate: 700_000, maxFramerate: 30 },
    { rid: 'f', scaleResolutionDownBy: 1, maxBitrate: 3_500_000, maxFramerate: 30 },
  ],
};

const SPEECH_BPS_MAX = 40_000;
const MUSIC_BPS_MAX = 160_000;

export interface Manner {
  readonly music: boolean;
  readonly share: ShareKind;
}

export function encodingsFor(source: Source, manner: Manner): RTCRtpEncodingParameters[] {
  switch (source) {
    case 'camera':
      return CAMERA.map((one) => ({ ...one }));
    case 'screen':
      return SCREEN[manner.share].map((one) => ({ ...one }));
    case 'mic':
      return [{ maxBitrate: manner.music ? MUSIC_BPS_MAX : SPEECH_BPS_MAX }];
    case 'screen_audio':
      return [{ maxBitrate: MUSIC_BPS_MAX }];
  }
}

/** The same values for a sender that already runs; the browser insists on its own list of encodings, so it is merged. */
export function merged(
  current: readonly RTCRtpEncodingParameters[],
  wanted: readonly RTCRtpEncodingParameters[],
): RTCRtpEncodingParameters[] {
  return current.map((one, index) => {
    const wish = wanted.find((other) => other.rid !== undefined && other.rid === one.rid) ?? wanted[index];
    return wish === undefined ? one : { ...one, ...wish };
  });
}
