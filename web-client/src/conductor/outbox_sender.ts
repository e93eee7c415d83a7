/**
 * Sends what is in the outbox, one thing at a time and in order, until the server has stored it. What the server refuses
 * for good goes back to the person; what it could not do just now, and what was lost on the way, is sent again with the
 * same key.
 */
import type { Outbox, OutboxEvent, Unsent } from '@/classroom/outbox';
import { nextUnsent } from '@/classroom/outbox';
import { backoffMs } from '@/protocol/backoff';
import { Refused, Unanswered } from '@/protocol/errors';
import type { Answer, Outgoing } from '@/protocol/requests';

export interface OutboxSenderDeps {
  readonly send: (message: Outgoing) => Promise<Answer>;
  readonly isInside: () => boolean;
  readonly outbox: () => Outbox;
  readonly tell: (event: OutboxEvent) => void;
  readonly later: (ms: number, run: () => void) => void;
  readonly random: () => number;
}

/** The server has trouble or has too much to do; the thing itself is fine. */
const PASSING = new Set(['not_stored', 'busy', 'too_fast', 'internal', 'stopping', 'waiting']);

export class OutboxSender {
  private running = false;
  private tries = 0;

  constructor(private readonly deps: OutboxSenderDeps) {}

  /** May be called at any time and as often as one likes. */
  async flush(): Promise<void> {
    if (this.running) return;
    this.running = true;
    try {
      for (;;) {
        const one = this.deps.isInside() ? nextUnsent(this.deps.outbox()) : null;
        if (one === null) return;
        if (!(await this.once(one))) return;
      }
    } finally {
      this.running = false;
    }
  }

  /** False: not now; somebody calls again. */
  private async once(one: Unsent): Promise<boolean> {
    try {
      await this.deps.send(messageOf(one));
      this.tries = 0;
      this.deps.tell({ type: 'stored', key: one.key });
      return true;
    } catch (error) {
      // Unanswered: the welcome after the reconnect flushes. Anything else that is not a refusal is our own fault.
      if (error instanceof Unanswered) {
        this.again();
        return false;
      }
      if (!(error instanceof Refused)) throw error;
      if (PASSING.has(error.code)) {
        this.again();
        return false;
      }
      this.deps.tell({ type: 'refused', key: one.key, code: error.code, text: error.text });
      return true;
    }
  }

  private again(): void {
    this.tries += 1;
    this.deps.later(backoffMs(this.tries, this.deps.random()), () => void this.flush());
  }
}

function messageOf(one: Unsent): Outgoing {
  return one.kind === 'chat'
    ? { type: 'chat', key: one.key, to: one.to, text: one.text }
    : { type: 'check_answer', check_id: one.checkId, key: one.key, answer: one.answer };
}
