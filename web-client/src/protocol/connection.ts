/**
 * The one WebSocket of this page: hello, answers, order, resume, and coming back by itself.
 *
 * A fresh try exchanges the link for a ticket and says `hello` with it. After a loss it says `hello` with the resume token
 * and the last `seq`; if the server has forgotten us, the next try is a fresh one. `bye` and final refusals end it.
 * Knows nothing of rooms or media; must not be used before `start`.
 */
import { backoffMs } from './backoff';
import type { Clock } from './clock';
import { decode } from './codec';
import { Refused, Unanswered, verdict } from './errors';
import type { Bye, ClientDescription, ClientMessage, ServerMessage, Welcome } from './messages.gen';
import { PROTOCOL_VERSION } from './messages.gen';
import type { Answer, Outgoing } from './requests';
import { Requests } from './requests';
import type { TicketGrant } from './ticket';

export interface SocketLike {
  send(text: string): void;
  close(): void;
  onopen: (() => void) | null;
  onmessage: ((event: { data: unknown }) => void) | null;
  onclose: (() => void) | null;
  onerror: (() => void) | null;
}

export type ConnectionStatus = 'idle' | 'connecting' | 'open' | 'waiting' | 'closed';

/** What the Room says, in order and once each; the connection keeps the rest to itself. */
export type RoomMessage = Exclude<ServerMessage, { type: 'welcome' | 'ack' | 'error' | 'published' | 'bye' }>;

export interface ConnectionEvents {
  status(status: ConnectionStatus): void;
  welcome(message: Welcome): void;
  room(message: RoomMessage): void;
  /** The server says no and trying again by itself is pointless (or needs a person: `seat_in_use`). */
  refused(code: string, text: string): void;
  bye(message: Bye): void;
}

export interface ConnectionDeps {
  readonly clock: Clock;
  readonly openSocket: (path: string) => SocketLike;
  readonly requestTicket: () => Promise<TicketGrant>;
  readonly client: ClientDescription;
}

/** From opening the socket to `welcome`. */
const WELCOME_MS_MAX = 8_000;
/** DESIGN: a client that hears nothing for 3 s after a ping treats the connection as lost. */
export const PING_ANSWER_MS_MAX = 3_000;
/** When the network just changed, the question is whether the old path still works: decide faster. */
const PROBE_ANSWER_MS_MAX = 1_500;
/** Our own half-dead socket may still hold the seat for as long as the server needs to notice (4.5 s). */
const SEAT_RETRIES_MAX = 5;
const WAIT_OPEN_MS = 15_000;
const TRIES_BEFORE_TELLING = 3;

interface ResumeState {
  readonly token: string;
  seq: number;
}

export class Connection {
  private status: ConnectionStatus = 'idle';
  private socket: SocketLike | null = null;
  private readonly requests: Requests;
  private nextId = 1;
  private attempt = 0;
  private resume: ResumeState | null = null;
  private helloId = 0;
  private helloResumes = false;
  private takeover = false;
  private seatRetries = 0;
  private everWelcomed = false;
  private wsPath = '/ws';
  private pingMs = 2_000;
  /** Grows with every try, so that late callbacks of an earlier one find that they are late. */
  private generation = 0;
  private cancelRetry: (() => void) | null = null;
  private cancelPing: (() => void) | null = null;
  private cancelDeadline: (() => void) | null = null;

  constructor(
    private readonly deps: ConnectionDeps,
    private readonly events: ConnectionEvents,
  ) {
    this.requests = new Requests(deps.clock);
  }

  get seq(): number {
    return this.resume?.seq ?? 0;
  }

  /** Begins, or begins again after a refusal. `takeover`: the person confirmed to move here. */
  start(takeover = false): void {
    this.takeover = takeover;
    this.attempt = 0;
    this.seatRetries = 0;
    this.connect();
  }

  /** Ends for good. With `goodbye` the server is told first. */
  stop(goodbye: boolean): void {
    if (goodbye && this.status === 'open') this.write({ type: 'leave', id: this.nextId++ });
    this.dropSocket('stopped');
    this.cancelRetry?.();
    this.setStatus('closed');
  }

  send(message: Outgoing): Promise<Answer> {
    if (this.status !== 'open') return Promise.reject(new Unanswered('not connected'));
    const id = this.nextId++;
    const answer = this.requests.open(id);
    this.write({ ...message, id });
    return answer;
  }

  /** The browser says that the network is back or changed, or the page woke up: do not wait for timers. */
  nudge(): void {
    if (this.status === 'waiting') {
      this.attempt = 0;
      this.connect();
    } else if (this.status === 'open') {
      this.ping(PROBE_ANSWER_MS_MAX);
    }
  }

  private connect(): void {
    this.dropSocket('reconnecting');
    this.cancelRetry?.();
    this.cancelRetry = null;
    this.generation += 1;
    this.setStatus('connecting');
    if (this.resume !== null) this.openSocket(null, this.generation);
    else void this.fetchTicket(this.generation);
  }

  private async fetchTicket(generation: number): Promise<void> {
    try {
      const grant = await this.deps.requestTicket();
      if (generation !== this.generation || this.status === 'closed') return;
      this.wsPath = grant.ws_path;
      this.openSocket(grant.ticket, generation);
    } catch (error) {
      if (generation !== this.generation || this.status === 'closed') return;
      if (error instanceof Refused) this.refuse(error.code, error.text);
      else this.retryLater();
    }
  }

  private openSocket(ticket: string | null, generation: number): void {
    const socket = this.deps.openSocket(this.wsPath);
    this.socket = socket;
    const mine = (): boolean => generation === this.generation && this.socket === socket;
    socket.onopen = () => {
      if (mine()) this.sayHello(ticket);
    };
    socket.onmessage = (event) => {
      if (mine()) this.receive(event.data);
    };
    socket.onclose = () => {
      if (mine()) this.lost('socket closed');
    };
    socket.onerror = null; // `close` always follows and says as much
    this.cancelDeadline = this.deps.clock.after(WELCOME_MS_MAX, () => {
      if (mine()) this.lost('no welcome in time');
    });
  }

  private sayHello(ticket: string | null): void {
    this.helloId = this.nextId++;
    this.helloResumes = ticket === null;
    const common = { type: 'hello', id: this.helloId, version: PROTOCOL_VERSION, client: this.deps.client } as const;
    if (ticket !== null) this.write({ ...common, ticket, takeover: this.takeover });
    else if (this.resume !== null) this.write({ ...common, resume: { token: this.resume.token, seq: this.resume.seq } });
  }

  private receive(data: unknown): void {
    const message = decode(data);
    if (message === null) return;
    this.heard();
    switch (message.type) {
      case 'welcome':
        this.welcomed(message);
        break;
      case 'ack':
      case 'published':
        this.requests.settle(message);
        break;
      case 'error':
        if (message.re === this.helloId || (message.re === 0 && this.status !== 'open')) {
          this.refuse(message.code, message.text);
        } else {
          this.requests.settle(message);
        }
        break;
      case 'bye':
        this.resume = null;
        this.stop(false);
        this.events.bye(message);
        break;
      default:
        this.deliver(message);
    }
  }

  private welcomed(message: Welcome): void {
    this.cancelDeadline?.();
    this.cancelDeadline = null;
    this.attempt = 0;
    this.seatRetries = 0;
    this.takeover = false;
    this.everWelcomed = true;
    // On a resume the missed messages follow: they move our own count forward. Otherwise the snapshot stands at `seq`.
    const seq = message.resumed ? (this.resume?.seq ?? message.seq) : message.seq;
    this.resume = { token: message.resume_token, seq };
    this.pingMs = Math.max(250, message.ping_s * 1000);
    this.setStatus('open');
    this.events.welcome(message);
    this.schedulePing();
  }

  private deliver(message: RoomMessage): void {
    if (this.resume === null || this.status !== 'open') return;
    if ('seq' in message) {
      if (message.seq <= this.resume.seq) return; // a repeat: already applied
      if (message.seq > this.resume.seq + 1) {
        // One is missing, and the Room would be wrong from here on: ask again from where we stood.
        this.lost('gap in seq');
        return;
      }
      this.resume.seq = message.seq;
    }
    this.events.room(message);
  }

  private refuse(code: string, text: string): void {
    const next = verdict(code);
    if (this.helloResumes) this.resume = null;
    this.helloResumes = false;
    if (next === 'ask_move' && this.everWelcomed && this.seatRetries < SEAT_RETRIES_MAX) {
      this.seatRetries += 1;
      this.retryLater();
    } else if (next === 'fresh_ticket') {
      this.retryLater();
    } else if (next === 'again') {
      this.retryLater(code, text);
    } else {
      this.dropSocket(code);
      if (next === 'wait_open') this.retryIn(WAIT_OPEN_MS * (1 + this.deps.clock.random()));
      else this.setStatus('closed');
      this.events.refused(code, text);
    }
  }

  private lost(why: string): void {
    this.dropSocket(why);
    this.retryLater();
  }

  private retryLater(code = 'unreachable', text = ''): void {
    this.retryIn(backoffMs(this.attempt, this.deps.clock.random()));
    this.attempt += 1;
    // Somebody who is not in yet is told what the wait is for; the tries go on. Inside, a quiet mark is enough.
    if (!this.everWelcomed && this.attempt === TRIES_BEFORE_TELLING) this.events.refused(code, text);
  }

  private retryIn(ms: number): void {
    this.dropSocket('waiting');
    this.cancelRetry?.();
    this.setStatus('waiting');
    this.cancelRetry = this.deps.clock.after(ms, () => this.connect());
  }

  private schedulePing(): void {
    this.cancelPing?.();
    this.cancelPing = this.deps.clock.after(this.pingMs, () => {
      this.ping(PING_ANSWER_MS_MAX);
      this.schedulePing();
    });
  }

  private ping(answerMs: number): void {
    if (this.status !== 'open') return;
    this.write({ type: 'ping', id: this.nextId++, seq: this.seq });
    // The deadline of the oldest unanswered ping stands; a probe may only shorten it.
    if (this.cancelDeadline !== null && answerMs >= PING_ANSWER_MS_MAX) return;
    this.cancelDeadline?.();
    this.cancelDeadline = this.deps.clock.after(answerMs, () => this.lost('no answer to ping'));
  }

  /** Anything that arrives on an open connection proves that it lives. */
  private heard(): void {
    if (this.status !== 'open') return;
    this.cancelDeadline?.();
    this.cancelDeadline = null;
  }

  private write(message: ClientMessage): void {
    this.socket?.send(JSON.stringify(message));
  }

  private dropSocket(why: string): void {
    this.cancelPing?.();
    this.cancelPing = null;
    this.cancelDeadline?.();
    this.cancelDeadline = null;
    const socket = this.socket;
    this.socket = null;
    if (socket !== null) {
      socket.onopen = socket.onmessage = socket.onclose = socket.onerror = null;
      socket.close();
    }
    this.requests.abandon(why);
  }

  private setStatus(status: ConnectionStatus): void {
    if (this.status === status) return;
    this.status = status;
    this.events.status(status);
  }
}
