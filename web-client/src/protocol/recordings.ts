/** Recordings over HTTP: which there are, and what a player needs of one. The personal link's token is the proof. */
import { Refused } from './errors';

export interface RecordingSummary {
  readonly recording_id: string;
  readonly session_id: string;
  readonly title: string;
  readonly state: 'live' | 'ended' | 'making' | 'ready';
  readonly began_utc: string;
  readonly duration_s: number | null;
  readonly verified: boolean;
  readonly progress: number | null;
}

export interface RecordedFile {
  readonly url: string;
  readonly content_type: string;
  readonly start_s: number;
  readonly end_s: number;
  readonly spans: readonly (readonly [number, number])[];
  readonly width: number;
  readonly height: number;
}

export interface RecordedTrack extends RecordedFile {
  readonly track_id: string;
  readonly participant_id: string;
  readonly name: string;
  readonly role: string;
  readonly source: string;
  readonly kind: 'audio' | 'video';
  readonly lost_packets: number;
}

export interface Chapter {
  readonly at_s: number;
  readonly kind: string;
  readonly name: string;
}

export interface RecordingDetail extends RecordingSummary {
  readonly tracks?: readonly RecordedTrack[];
  readonly sound?: RecordedFile | null;
  readonly chapters?: readonly Chapter[];
}

const HTTP_MS_MAX = 8_000;
const ID = /^[A-Za-z0-9_-]{1,64}$/;
const BASE = '/api/v1/recordings';

/** `/recordings` or `/recordings/<id>`; null for any other path. An id that cannot be one is as if there were none. */
export function recordingPath(path: string): { readonly recordingId: string | null } | null {
  const match = /^\/recordings(?:\/([^/]*))?\/?$/.exec(path);
  if (match === null) return null;
  const id = match[1] ?? '';
  return { recordingId: ID.test(id) ? id : null };
}

export async function listRecordings(token: string): Promise<readonly RecordingSummary[]> {
  const body = (await ask(BASE, token)) as { recordings: readonly RecordingSummary[] };
  return body.recordings;
}

export async function showRecording(token: string, recordingId: string): Promise<RecordingDetail> {
  return (await ask(`${BASE}/${encodeURIComponent(recordingId)}`, token)) as RecordingDetail;
}

async function ask(path: string, token: string): Promise<unknown> {
  let response: Response;
  try {
    response = await fetch(path, {
      cache: 'no-store',
      credentials: 'same-origin',
      headers: { accept: 'application/json', ...(token === '' ? {} : { authorization: `Bearer ${token}` }) },
      signal: AbortSignal.timeout(HTTP_MS_MAX),
    });
  } catch {
    throw new Refused('unreachable', 'The server does not answer.');
  }
  const body: unknown = await response.json().catch(() => null);
  if (response.ok && body !== null) return body;
  const code = typeof body === 'object' && body !== null && 'code' in body ? String(body.code) : 'unreachable';
  throw new Refused(code, '');
}
