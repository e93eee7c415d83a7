/** How each source is encoded: layers low to high, as the server's layer numbers count. */
import type { Source } from '@/protocol/messages.gen';

import type { ShareKind } from './capture';

/**
 * Camera bitrates at 720 lines: 150 kb/s is the least at which 180 lines are a face, 1.7 Mb/s the most that VP8 turns into
 * visible quality there. The lowest layer is also what a page of 25 tiles shows, so its 15 frames a second save 25 decoders.
 */
const CAMERA: readonly RTCRtpEncodingParameters[] = [
  { rid: 'q', active: true, scaleResolutionDownBy: 4, maxBitrate: 150_000, maxFramerate: 15 },
  { rid: 'h', active: true, scaleResolutionDownBy: 2, maxBitrate: 500_000, maxFramerate: 30 },
  { rid: 'f', active: true, scaleResolutionDownBy: 1, maxBitrate: 1_700_000, maxFramerate: 30 },
];

/**
 * A camera of fewer lines (VGA, as in many school laptops) has two layers: Chromium encodes no more of it than the first
 * two, and with the scales above its best would be half of what the camera sees.
 */
const SMALL_CAMERA_BELOW_LINES = 540;
const SMALL_CAMERA: readonly RTCRtpEncodingParameters[] = [
  { rid: 'q', active: true, scaleResolutionDownBy: 2, maxBitrate: 150_000, maxFramerate: 15 },
  { rid: 'h', active: true, scaleResolutionDownBy: 1, maxBitrate: 700_000, maxFramerate: 30 },
  { rid: 'f', active: false, scaleResolutionDownBy: 1, maxBitrate: 700_000, maxFramerate: 30 },
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

/** `lines`: the height that a camera's track has, if it is known. */
export function encodingsFor(source: Source, manner: Manner, lines?: number): RTCRtpEncodingParameters[] {
  switch (source) {
    case 'camera': {
      const layers = lines !== undefined && lines < SMALL_CAMERA_BELOW_LINES ? SMALL_CAMERA : CAMERA;
      return layers.map((one) => ({ ...one }));
    }
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
