import type { SocketLike } from '@/protocol/connection';
import type { ServerMessage, Welcome } from '@/protocol/messages.gen';

interface Sent {
  readonly type: string;
  readonly id: number;
  readonly [field: string]: unknown;
}

/** The other end of one socket. */
export class FakeSocket implements SocketLike {
  onopen: (() => void) | null = null;
  onmessage: ((event: { data: unknown }) => void) | null = null;
  onclose: (() => void) | null = null;
  onerror: (() => void) | null = null;
  readonly sent: Sent[] = [];
  closed = false;

  send(text: string): void {
    this.sent.push(JSON.parse(text) as Sent);
  }

  close(): void {
    this.closed = true;
  }

  // --- what the server does ---

  open(): void {
    this.onopen?.();
  }

  say(message: ServerMessage | { readonly type: string }): void {
    this.onmessage?.({ data: JSON.stringify(message) });
  }

  drop(): void {
    this.onclose?.();
  }

  last(type: string): Sent {
    const found = this.sent.findLast((one) => one.type === type);
    if (found === undefined) throw new Error(`nothing of type ${type} was sent`);
    return found;
  }

  count(type: string): number {
    return this.sent.filter((one) => one.type === type).length;
  }

  welcome(change: Partial<Welcome> = {}): void {
    this.say(welcomeMessage({ re: this.last('hello').id, ...change }));
  }
}

export function welcomeMessage(change: Partial<Welcome> = {}): Welcome {
  return {
    type: 'welcome',
    re: 1,
    version: 1,
    seq: 10,
    participant_id: 'par_me',
    role: 'student',
    display_name: 'Mia',
    session: { session_id: 'ses_1', title: 'Algebra', starts_utc: '2030-01-01T09:00:00Z', ends_utc: '2030-01-01T10:00:00Z' },
    resume_token: 'token-1',
    resumed: false,
    actions: ['publish_mic', 'publish_camera', 'publish_screen'],
    ping_s: 2,
    room: { participants: [], tracks: [], mappings: [] },
    ...change,
  };
}
