import type { Clock } from './clock';
import { Refused, Unanswered } from './errors';
import type { Ack, ClientMessage, Published, Error as WireError } from './messages.gen';

type WithoutId<M> = M extends unknown ? Omit<M, 'id'> : never;

/** What others may send; `hello` and `ping` belong to the connection itself. */
export type Outgoing = WithoutId<Exclude<ClientMessage, { type: 'hello' | 'ping' }>>;
export type Answer = Ack | Published;

/** More than this unanswered means that something runs wild: refuse instead of piling up. */
export const PENDING_MAX = 64;
/** The server answers in milliseconds or is gone, which the ping notices first. This is the last net. */
export const ANSWER_MS_MAX = 15_000;

interface Waiting {
  readonly resolve: (answer: Answer) => void;
  readonly reject: (error: Error) => void;
  readonly cancel: () => void;
}

/** Messages that wait for their answer, by id. */
export class Requests {
  private readonly waiting = new Map<number, Waiting>();

  constructor(private readonly clock: Clock) {}

  get size(): number {
    return this.waiting.size;
  }

  open(id: number): Promise<Answer> {
    if (this.waiting.size >= PENDING_MAX) return Promise.reject(new Refused('busy', 'Too many unanswered messages.'));
    return new Promise<Answer>((resolve, reject) => {
      const cancel = this.clock.after(ANSWER_MS_MAX, () => {
        this.waiting.delete(id);
        reject(new Unanswered('no answer in time'));
      });
      this.waiting.set(id, { resolve, reject, cancel });
    });
  }

  settle(message: Answer | WireError): void {
    const one = this.waiting.get(message.re);
    if (one === undefined) return;
    this.waiting.delete(message.re);
    one.cancel();
    if (message.type === 'error') one.reject(new Refused(message.code, message.text));
    else one.resolve(message);
  }

  /** The connection is gone: nobody will answer these. */
  abandon(why: string): void {
    const all = [...this.waiting.values()];
    this.waiting.clear();
    for (const one of all) {
      one.cancel();
      one.reject(new Unanswered(why));
    }
  }
}
