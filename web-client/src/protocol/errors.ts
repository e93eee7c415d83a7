/** Why a request of ours did not work out. */

/** The server answered, and the answer is no. */
export class Refused extends Error {
  constructor(
    readonly code: string,
    readonly text: string,
  ) {
    super(`${code}: ${text}`);
    this.name = 'Refused';
  }
}

/** No answer: the connection went away first, or nothing came in time. The caller states its wish again later. */
export class Unanswered extends Error {
  constructor(why: string) {
    super(why);
    this.name = 'Unanswered';
  }
}

/** What a refusal of `hello` or of the link means for the next step. */
export type Verdict = 'again' | 'fresh_ticket' | 'ask_move' | 'wait_open' | 'final';

/** Codes not named here are final: better one clear sentence than knocking for ever. */
const VERDICTS: Readonly<Record<string, Verdict>> = {
  resume_unknown: 'fresh_ticket',
  ticket_expired: 'fresh_ticket',
  ticket_used: 'fresh_ticket',
  hello_late: 'again',
  busy: 'again',
  too_fast: 'again',
  too_many: 'again',
  stopping: 'again',
  internal: 'again',
  unavailable: 'again',
  media_unavailable: 'again',
  unreachable: 'again',
  seat_in_use: 'ask_move',
  session_not_open: 'wait_open',
};

export function verdict(code: string): Verdict {
  return VERDICTS[code] ?? 'final';
}
