/** The HTTP side of a class: its record, its materials, one's own day. `docs/api.md` is the contract; types here are its shapes. */
import { Refused } from './errors';
import type { CheckSpec } from './messages.gen';

export interface SessionRecord {
  readonly session_id: string;
  readonly title: string;
  readonly starts_utc: string;
  readonly ends_utc: string;
  readonly time_zone: string;
  readonly always_open: boolean;
  readonly state: string;
  readonly state_reason: string | null;
  readonly moved_from_utc: string | null;
  readonly live_since_utc?: string | null;
  readonly ended_utc?: string | null;
}

export interface Material {
  readonly material_id: string;
  readonly name: string;
  readonly media_type: string;
  readonly bytes: number;
  readonly pages: number | null;
  readonly width: number | null;
  readonly height: number | null;
  readonly audience: 'class' | 'staff' | (string & {});
  readonly uploaded_by: { readonly seat_id: string; readonly display_name: string };
  readonly uploaded_utc: string;
}

export interface OwnSession {
  readonly session: SessionRecord;
  readonly me: { readonly seat_id: string; readonly display_name: string; readonly role: string };
  readonly server_now_utc: string;
  readonly materials: readonly Material[];
}

export type AttendanceStatus = 'present' | 'late' | 'left_early' | 'partial' | 'absent' | 'excused';

export interface Gap {
  readonly from_utc: string;
  readonly to_utc: string;
}

export interface Correction {
  readonly correction_id: string;
  readonly status: string;
  readonly present_s: number | null;
  readonly reason: string;
  readonly corrected_by: { readonly display_name: string };
  readonly corrected_utc: string;
}

export interface Attendance {
  readonly status: string | null;
  readonly measured_status: string | null;
  readonly arrived_utc: string | null;
  readonly left_utc: string | null;
  readonly present_s: number;
  readonly planned_s: number;
  readonly present_ratio: number | null;
  readonly late_s: number | null;
  readonly early_s: number | null;
  readonly outside_s: number;
  readonly reconnects: number;
  readonly intervals: readonly (Gap & { readonly gaps: readonly Gap[] })[];
  readonly corrections?: readonly Correction[];
}

export interface Engagement {
  readonly index: number | null;
  readonly formula_version: number;
  readonly checks: { readonly asked: number; readonly answered: number; readonly graded: number; readonly correct: number; readonly response_s_median: number | null };
  readonly tasks: { readonly asked: number; readonly done: number };
  readonly talk: { readonly talk_s: number; readonly turns: number; readonly share: number | null; readonly could_speak: boolean };
  readonly hands: number;
  readonly chat: number;
  readonly reactions: number;
  readonly board: number;
  readonly longest_inactive_s: number | null;
  readonly taken_part: boolean;
}

export interface ReportPerson {
  readonly seat_id: string;
  readonly display_name: string;
  readonly role: string;
  readonly attendance: Attendance;
  readonly engagement: Engagement;
}

export interface ReportCheck {
  readonly check_id: string;
  readonly title: string;
  readonly kind: string;
  readonly anonymous: boolean;
  readonly opened_utc: string;
  readonly closed_utc: string | null;
  readonly asked: number;
  readonly answered: number;
  readonly correct: number | null;
}

export interface TimelineEntry {
  readonly at_utc: string;
  readonly kind: string;
  readonly seat_id: string | null;
  readonly text: string | null;
}

export interface Report {
  readonly session: SessionRecord;
  readonly generated_utc: string;
  readonly final: boolean;
  readonly window: { readonly from_utc: string; readonly to_utc: string } | null;
  readonly attendance_rules: { readonly version: number };
  readonly engagement_formula: { readonly version: number };
  readonly people: readonly ReportPerson[];
  readonly checks: readonly ReportCheck[];
  readonly timeline: readonly TimelineEntry[];
}

export interface OwnRecord {
  readonly session: SessionRecord;
  readonly generated_utc: string;
  readonly final: boolean;
  readonly me: ReportPerson;
}

export interface DayPerson {
  readonly seat_id: string;
  readonly display_name: string;
}

export interface DaySession extends SessionRecord {
  readonly seat_id: string;
  readonly role: string;
  readonly this_link: boolean;
  readonly students: number | null;
  readonly here: number | null;
  readonly waiting: readonly DayPerson[] | null;
  readonly prepare: {
    readonly materials: number;
    readonly saved_checks: number;
    readonly consent_missing: readonly (DayPerson & { readonly purposes: readonly string[] })[];
    readonly staff: readonly (DayPerson & { readonly role: string })[];
  } | null;
}

export interface Day {
  readonly person: { readonly person_id: string; readonly display_name: string; readonly time_zone: string };
  readonly server_now_utc: string;
  readonly next: string | null;
  readonly sessions: readonly DaySession[];
}

export interface NewCorrection {
  readonly seat_id: string;
  readonly status: AttendanceStatus;
  readonly present_s: number | null;
  readonly reason: string;
}

export interface SavedCheck {
  readonly saved_id: string;
  readonly seconds: number | null;
  readonly anonymous: boolean;
  readonly spec: CheckSpec;
}

/** Questions prepared at a desk, to be asked with one press. */
export interface CheckSet {
  readonly set_id: string;
  readonly title: string;
  readonly revision: number;
  readonly checks: readonly SavedCheck[];
}

export interface RecordsApi {
  session(): Promise<OwnSession>;
  report(): Promise<Report>;
  factsFile(): Promise<Blob>;
  mine(): Promise<OwnRecord>;
  day(): Promise<Day>;
  correct(correction: NewCorrection): Promise<void>;
  materials(): Promise<readonly Material[]>;
  materialFile(materialId: string): Promise<Blob>;
  /** `progress` is told what part has gone, 0 to 1. Aborting the signal ends it. */
  upload(file: File, progress: (part: number) => void, signal: AbortSignal): Promise<Material>;
  removeMaterial(materialId: string): Promise<void>;
  checkSets(): Promise<readonly CheckSet[]>;
  saveChecks(title: string, checks: readonly Omit<SavedCheck, 'saved_id'>[]): Promise<void>;
  removeCheckSet(setId: string): Promise<void>;
}

const HTTP_MS_MAX = 15_000;
/** A file of 50 MiB over a slow line; the server itself gives up after ten minutes. */
const FILE_MS_MAX = 600_000;
const BASE = '/api/v1';

function refusal(status: number, body: unknown): Refused {
  if (typeof body === 'object' && body !== null && 'code' in body && typeof body.code === 'string') {
    return new Refused(body.code, 'text' in body && typeof body.text === 'string' ? body.text : '');
  }
  return status >= 500 ? new Refused('unreachable', '') : new Refused('not_found', '');
}

async function call(token: string, path: string, ms: number, init: RequestInit = {}): Promise<Response> {
  let response: Response;
  try {
    response = await fetch(`${BASE}${path}`, {
      cache: 'no-store',
      credentials: 'same-origin',
      ...init,
      headers: { accept: 'application/json', authorization: `Bearer ${token}`, ...(init.headers as Record<string, string> | undefined) },
      signal: AbortSignal.timeout(ms),
    });
  } catch {
    throw new Refused('unreachable', '');
  }
  if (response.ok) return response;
  throw refusal(response.status, await response.json().catch(() => null));
}

/** What comes is our own server's; a body that is no JSON came from something in between. */
async function read<T>(token: string, path: string): Promise<T> {
  const response = await call(token, path, HTTP_MS_MAX);
  return (await response.json().catch(() => {
    throw new Refused('unreachable', '');
  })) as T;
}

/** `fetch` does not tell how much of a body has gone; the older way does. */
function upload(token: string, file: File, progress: (part: number) => void, signal: AbortSignal): Promise<Material> {
  return new Promise((resolve, reject) => {
    const request = new XMLHttpRequest();
    const form = new FormData();
    form.append('file', file, file.name);
    request.open('POST', `${BASE}/session/materials`);
    request.setRequestHeader('authorization', `Bearer ${token}`);
    request.setRequestHeader('accept', 'application/json');
    request.responseType = 'json';
    request.timeout = FILE_MS_MAX;
    request.upload.onprogress = (event) => {
      if (event.lengthComputable && event.total > 0) progress(event.loaded / event.total);
    };
    request.onload = () => {
      if (request.status >= 200 && request.status < 300) resolve(request.response as Material);
      else reject(refusal(request.status, request.response));
    };
    request.onerror = request.ontimeout = () => reject(new Refused('unreachable', ''));
    request.onabort = () => reject(new Refused('aborted', ''));
    signal.addEventListener('abort', () => request.abort());
    request.send(form);
  });
}

export function recordsApi(token: string): RecordsApi {
  return {
    session: () => read(token, '/session'),
    report: () => read(token, '/session/report'),
    factsFile: async () => (await call(token, '/session/report.json', FILE_MS_MAX)).blob(),
    mine: () => read(token, '/session/mine'),
    day: () => read(token, '/day'),
    correct: async (correction) => {
      const init = { method: 'POST', body: JSON.stringify(correction), headers: { 'content-type': 'application/json' } };
      await call(token, '/session/attendance/corrections', HTTP_MS_MAX, init);
    },
    materials: async () => (await read<{ materials: readonly Material[] }>(token, '/session/materials')).materials,
    materialFile: async (materialId) => (await call(token, `/session/materials/${encodeURIComponent(materialId)}`, FILE_MS_MAX, { headers: { accept: '*/*' } })).blob(),
    upload: (file, progress, signal) => upload(token, file, progress, signal),
    removeMaterial: async (materialId) => {
      await call(token, `/session/materials/${encodeURIComponent(materialId)}`, HTTP_MS_MAX, { method: 'DELETE' });
    },
    checkSets: async () => (await read<{ sets: readonly CheckSet[] }>(token, '/session/checks')).sets,
    saveChecks: async (title, checks) => {
      const init = { method: 'POST', body: JSON.stringify({ title, checks }), headers: { 'content-type': 'application/json' } };
      await call(token, '/session/checks', HTTP_MS_MAX, init);
    },
    removeCheckSet: async (setId) => {
      await call(token, `/session/checks/${encodeURIComponent(setId)}`, HTTP_MS_MAX, { method: 'DELETE' });
    },
  };
}
