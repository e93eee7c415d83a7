/** A recording as it happened: which pictures stand at a moment, and how a film is kept in step with the sound. */
import type { RecordedTrack } from '@/protocol/recordings';

export type { Chapter, RecordedFile, RecordedTrack, RecordingDetail, RecordingSummary } from '@/protocol/recordings';
export { listRecordings, recordingPath, showRecording } from '@/protocol/recordings';

const TOKEN = /^[A-Za-z0-9_-]{1,200}$/;
const KEPT = 'homeroom-recordings';

/** Off by less is not seen: lips and sound belong together within 40 ms, and an element's clock is told in steps. */
export const IN_STEP_S = 0.03;
/** Off by more is jumped over; between the two the film runs a little faster or slower. */
export const JUMP_S = 0.6;
/** A picture is shown a moment before it begins, so that it is there when it does. */
const EARLY_S = 0.3;

/** The films that show something at this moment: a screen first, then who leads, then in order of arrival. */
export function filmsAt(tracks: readonly RecordedTrack[], at_s: number): readonly RecordedTrack[] {
  const rank = (track: RecordedTrack): number => (track.source === 'screen' ? 0 : track.role === 'student' ? 2 : 1);
  return tracks
    .filter((track) => track.kind === 'video')
    .filter((track) => track.spans.some(([from, to]) => from - EARLY_S <= at_s && at_s <= to))
    .sort((a, b) => rank(a) - rank(b) || a.start_s - b.start_s);
}

export interface Step {
  readonly jumpTo: number | null;
  readonly rate: number;
}

/** How to bring a film that stands at `film_s` of its own time to where the sound is. */
export function step(film_s: number, start_s: number, sound_s: number, rate: number, playing: boolean): Step {
  const wanted = Math.max(0, sound_s - start_s);
  const behind = wanted - film_s;
  if (Math.abs(behind) > (playing ? JUMP_S : IN_STEP_S)) return { jumpTo: wanted, rate };
  if (Math.abs(behind) <= IN_STEP_S) return { jumpTo: null, rate };
  return { jumpTo: null, rate: rate * (behind > 0 ? 1.06 : 0.94) };
}

/** The moment that an address names, in seconds: `?t=90` or `?t=1m30s`. */
export function momentOf(search: string): number {
  const text = new URLSearchParams(search).get('t') ?? '';
  const parts = /^(?:(\d{1,3})h)?(?:(\d{1,4})m)?(?:(\d{1,6}(?:\.\d{1,3})?)s?)?$/.exec(text);
  if (parts === null) return 0;
  return Number(parts[1] ?? 0) * 3600 + Number(parts[2] ?? 0) * 60 + Number(parts[3] ?? 0);
}

export function clockText(at_s: number): string {
  const whole = Math.max(0, Math.floor(at_s));
  const two = (value: number): string => String(value).padStart(2, '0');
  const [hours, minutes, seconds] = [Math.floor(whole / 3600), Math.floor(whole / 60) % 60, whole % 60];
  return hours > 0 ? `${hours}:${two(minutes)}:${two(seconds)}` : `${minutes}:${two(seconds)}`;
}

/**
 * The token that proves who watches. It comes once, behind the `#` (which no server and no log sees), and is kept for
 * this tab only.
 */
export function takeToken(hash: string, shelf: Storage | null): string {
  const given = hash.replace(/^#/, '');
  if (TOKEN.test(given)) {
    shelf?.setItem(KEPT, given);
    return given;
  }
  return shelf?.getItem(KEPT) ?? '';
}
