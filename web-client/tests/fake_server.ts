import type { SocketLike } from '@/protocol/connection';
import type { ClassSnapshot, ServerMessage, Welcome } from '@/protocol/messages.gen';

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
    room: { participants: [], tracks: [], mappings: [], class_: classSnapshot(), recording: 'off', paused_slots: [] },
    ...change,
  };
}

/** A class that is live, with nothing said or asked in it yet. */
export function classSnapshot(change: Partial<ClassSnapshot> = {}): ClassSnapshot {
  return {
    status: {
      phase: 'live',
      locked: false,
      live_since_utc: '2030-01-01T09:00:00Z',
      interrupted_since_utc: null,
      ends_utc: '2030-01-01T10:00:00Z',
      ends_at_latest_utc: '2030-01-01T11:00:00Z',
      supervisor_present: false,
      recorded: false,
    },
    waiting: null,
    waiting_list: [],
    hands: [],
    chat: [],
    chat_rules: { enabled: true, slow_s: 0, links: false, private_to_staff: true, private_between_students: false, moderated: false },
    spotlight: null,
    permissions: { students: [], people: [] },
    removed: [],
    help_requests: [],
    checks: { checks: [], answers: [], tallies: [] },
    pulse: { own: null, tally: null },
    boards: { boards: [], shown_board_id: null, tasks: [], elements: [] },
    breakouts: { open: false, mode: 'assigned', prompt: '', started_utc: null, ends_utc: null, own_group_id: null, groups: [] },
    ...change,
  };
}
