/**
 * What a screen reader says about the Room. Events are gathered and said together, so that thirty arrivals are one
 * sentence and nobody is talked over. Pure: a queue in, a queue and perhaps a sentence out.
 */

export type NewsKind = 'joined' | 'left' | 'sharing' | 'share_ended' | 'mic_on' | 'mic_off' | 'camera_on' | 'camera_off' | 'reconnecting' | 'reconnected';

export interface News {
  readonly kind: NewsKind;
  /** The person it is about; empty for what concerns oneself. */
  readonly name: string;
}

export interface Announcement {
  readonly kind: NewsKind;
  readonly name: string;
  /** How many more of the same. */
  readonly others: number;
}

export interface Announcer {
  readonly waiting: readonly News[];
  readonly lastMs: number;
}

/** Long enough for a sentence to be spoken. */
export const ANNOUNCE_EVERY_MS = 3_000;
/** A full lecture that reconnects makes 300; the rest is counted nowhere, because nobody listens to it. */
const WAITING_MAX = 100;
/** What touches the person itself is said before what touches others. */
const URGENCY: readonly NewsKind[] = [
  'mic_on',
  'mic_off',
  'camera_on',
  'camera_off',
  'reconnecting',
  'reconnected',
  'sharing',
  'share_ended',
  'left',
  'joined',
];

export const silent: Announcer = { waiting: [], lastMs: -ANNOUNCE_EVERY_MS };

export function addNews(announcer: Announcer, news: News): Announcer {
  if (announcer.waiting.length >= WAITING_MAX) return announcer;
  return { ...announcer, waiting: [...announcer.waiting, news] };
}

export function takeAnnouncement(announcer: Announcer, now: number): { announcer: Announcer; said: Announcement | null } {
  if (announcer.waiting.length === 0 || now - announcer.lastMs < ANNOUNCE_EVERY_MS) return { announcer, said: null };
  const kind = URGENCY.find((one) => announcer.waiting.some((news) => news.kind === one));
  const same = announcer.waiting.filter((news) => news.kind === kind);
  const first = same[0];
  if (kind === undefined || first === undefined) return { announcer, said: null };
  const waiting = announcer.waiting.filter((news) => news.kind !== kind);
  return { announcer: { waiting, lastMs: now }, said: { kind, name: first.name, others: same.length - 1 } };
}
