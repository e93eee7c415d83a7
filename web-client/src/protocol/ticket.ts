/** The HTTP side of joining: what a link is for, and exchanging it for a single-use ticket. */
import { Refused } from './errors';

export type SessionState = 'scheduled' | 'open' | 'live' | 'ended' | 'closed_out';

export interface JoinDescription {
  readonly session: {
    readonly session_id: string;
    readonly title: string;
    readonly starts_utc: string;
    readonly ends_utc: string;
    readonly state: SessionState | (string & {});
  };
  readonly display_name: string;
  readonly role: string;
  readonly in_use: boolean;
}

export interface TicketGrant {
  readonly ticket: string;
  readonly ws_path: string;
  readonly expires_in_s: number;
  readonly session_id: string;
}

/** Longer than any healthy answer, shorter than a person's patience. */
const HTTP_MS_MAX = 8_000;

const TOKEN = /^[A-Za-z0-9_-]{1,200}$/;

/** The link token in a path such as `/j/<token>`; null when there is none that could be valid. */
export function linkToken(path: string): string | null {
  const token = /^\/j\/([^/]+)\/?$/.exec(path)?.[1];
  return token !== undefined && TOKEN.test(token) ? token : null;
}

async function call(path: string, method: 'GET' | 'POST'): Promise<unknown> {
  let response: Response;
  try {
    response = await fetch(path, {
      method,
      cache: 'no-store',
      credentials: 'same-origin',
      headers: { accept: 'application/json' },
      signal: AbortSignal.timeout(HTTP_MS_MAX),
    });
  } catch {
    throw new Refused('unreachable', 'The server does not answer.');
  }
  const body: unknown = await response.json().catch(() => null);
  if (response.ok && body !== null) return body;
  throw refusal(response.status, body);
}

function refusal(status: number, body: unknown): Refused {
  if (typeof body === 'object' && body !== null && 'code' in body && typeof body.code === 'string') {
    return new Refused(body.code, 'text' in body && typeof body.text === 'string' ? body.text : '');
  }
  // Not our JSON: a proxy speaks. 5xx passes by itself, anything else is a link that leads nowhere.
  return status >= 500 ? new Refused('unreachable', '') : new Refused('link_unknown', '');
}

export async function describeJoin(token: string): Promise<JoinDescription> {
  return (await call(`/api/v1/join/${encodeURIComponent(token)}`, 'GET')) as JoinDescription;
}

export async function requestTicket(token: string): Promise<TicketGrant> {
  return (await call(`/api/v1/join/${encodeURIComponent(token)}`, 'POST')) as TicketGrant;
}
