/**
 * What survives a reload of this tab and nothing else: what was not sent yet, what is being written, and that the tab was
 * in class. In the tab's own storage, which ends with the tab: on a shared computer nothing stays behind.
 */
import type { Outbox } from '@/classroom/outbox';
import { emptyOutbox, outboxFrom, readAnswer } from '@/classroom/outbox';
import type { PanelName } from '@/classroom/desk';
import { PANELS } from '@/classroom/desk';
import type { Answer } from '@/protocol/messages.gen';

import type { Shelf } from './preferences';
import type { AppState } from './state';

export interface Kept {
  readonly outbox: Outbox;
  readonly draft: string;
  /** Answers that were begun and not given. */
  readonly answers: ReadonlyMap<string, Answer>;
  readonly panel: PanelName | null;
  /** The tab was in the room: a reload goes straight back there. */
  readonly inside: boolean;
}

export const nothingKept: Kept = { outbox: emptyOutbox, draft: '', answers: new Map(), panel: null, inside: false };

const KEY = 'homeroom-class';
const ANSWERS_MAX = 20;
/** As long as a message may be; the server has the last word. */
const DRAFT_MAX = 4_000;

/** `place` tells two links apart that were opened in one tab. It is no secret and names nobody. */
export function placeOf(token: string): string {
  // FNV-1a, 32 bit: the token itself has no business in the storage.
  let hash = 0x811c9dc5;
  for (let i = 0; i < token.length; i += 1) hash = Math.imul(hash ^ token.charCodeAt(i), 0x01000193) >>> 0;
  return hash.toString(36);
}

/** What of the page is worth keeping now. `wasInside` stands until it is known whether the tab is in class again. */
export function keptOf(state: AppState, wasInside: boolean): Kept {
  const { phase } = state;
  const inside = phase === 'room' || phase === 'waiting' || (wasInside && ['loading', 'invited', 'check', 'entering'].includes(phase));
  return { outbox: state.outbox, draft: state.draft, answers: state.answerDrafts, panel: state.desk.panel, inside };
}

export class SessionShelf {
  private last: Kept = nothingKept;

  constructor(
    private readonly shelf: Shelf | null,
    private readonly place: string,
  ) {}

  load(): Kept {
    try {
      const stored: unknown = JSON.parse(this.shelf?.getItem(KEY) ?? 'null');
      this.last = keptFrom(stored, this.place);
    } catch {
      this.last = nothingKept;
    }
    return this.last;
  }

  /** Cheap to call at every change: writes only when something is another value. */
  save(kept: Kept): void {
    const same = (Object.keys(kept) as (keyof Kept)[]).every((key) => kept[key] === this.last[key]);
    if (same) return;
    this.last = kept;
    try {
      this.shelf?.setItem(KEY, JSON.stringify({ ...kept, answers: [...kept.answers].slice(-ANSWERS_MAX), place: this.place }));
    } catch {
      // Full or refused: the page itself still has it, only a reload would not.
    }
  }
}

function keptFrom(stored: unknown, place: string): Kept {
  if (typeof stored !== 'object' || stored === null) return nothingKept;
  const one = stored as Record<string, unknown>;
  if (one['place'] !== place) return nothingKept;
  const answers = new Map<string, Answer>();
  for (const pair of Array.isArray(one['answers']) ? one['answers'].slice(0, ANSWERS_MAX) : []) {
    if (!Array.isArray(pair) || typeof pair[0] !== 'string') continue;
    const answer = readAnswer(pair[1]);
    if (answer !== null) answers.set(pair[0], answer);
  }
  return {
    outbox: outboxFrom(one['outbox']),
    draft: typeof one['draft'] === 'string' ? one['draft'].slice(0, DRAFT_MAX) : '',
    answers,
    panel: PANELS.find((name) => name === one['panel']) ?? null,
    inside: one['inside'] === true,
  };
}
