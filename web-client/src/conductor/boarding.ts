/**
 * The boards' verbs and what is drawn here on its way out: gathered, in batches, a few a second, each with a key,
 * again after a loss until it is stored. What the server refuses for good is taken back from the drawing.
 */
import type { Drawn } from '@/classroom/board_elements';
import { changedOn, emptyPage } from '@/classroom/board_elements';
import type { BoardEvent, Boards } from '@/classroom/boards';
import { noBoards, reduceBoards } from '@/classroom/boards';
import { Refused } from '@/protocol/errors';
import type { BoardKind, BoardsServerMessage, BoardsSnapshot } from '@/protocol/messages.gen';
import { ELEMENTS_PER_UPDATE_MAX } from '@/protocol/messages.gen';
import type { Answer, Outgoing } from '@/protocol/requests';

import { Store } from './store';

export interface BoardingDeps {
  readonly send: (message: Outgoing) => Promise<Answer>;
  readonly isOpen: () => boolean;
  readonly later: (ms: number, run: () => void) => void;
  readonly now: () => number;
  readonly newKey: () => string;
  readonly notice: (code: string, text: string) => void;
}

/** Each update of a stroke holds all of it and is stored, so three a second must do; hands move eight times a second. Together
    they stay well under the server's twenty messages a second. */
export const UPDATE_EVERY_MS = 300;
export const POINTER_EVERY_MS = 125;
/** The server's store is away: knock, but not at its door all the time. */
export const RETRY_MS = 1_000;
/** Well under MESSAGE_BYTES_MAX, which also counts the frame around it. */
export const BATCH_CHARS_MAX = 160_000;
/** These say nothing about the drawing itself: the same batch is worth another try. */
const PASSING = new Set(['not_stored', 'busy', 'too_fast', 'stopping', 'internal', 'unavailable']);

interface Batch {
  readonly key: string;
  readonly pageId: string;
  readonly elements: readonly Drawn[];
}

export class Boarding {
  readonly store = new Store<Boards, BoardEvent>(reduceBoards, noBoards);
  /** The latest state of each element that is not stored yet, by page. */
  private readonly waiting = new Map<string, Map<string, Drawn>>();
  private inFlight: Batch | null = null;
  private lastMs = -UPDATE_EVERY_MS;
  private planned = false;
  private pointedMs = -POINTER_EVERY_MS;
  private readonly asked = new Set<string>();

  constructor(private readonly deps: BoardingDeps) {}

  // --- what the server says -------------------------------------------------------------------------------------------

  snapshot(boards: BoardsSnapshot): void {
    this.asked.clear();
    this.store.dispatch({ type: 'snapshot', boards });
    this.plan();
  }

  said(message: BoardsServerMessage): void {
    if (message.type === 'board_elements' && message.whole) this.asked.delete(message.page_id);
    this.store.dispatch({ type: 'said', message });
  }

  /** The connection is open again: what was under way may have been lost. */
  resumed(): void {
    this.asked.clear();
    this.plan();
  }

  // --- drawing --------------------------------------------------------------------------------------------------------

  /** The surface as it is now; what is new on it goes out. */
  draw(pageId: string, surface: readonly Drawn[]): void {
    const changed = changedOn(surface, this.store.get().pages.get(pageId) ?? emptyPage);
    if (changed.length === 0) return;
    this.store.dispatch({ type: 'drawn', pageId, elements: changed });
    const waiting = this.waiting.get(pageId) ?? new Map<string, Drawn>();
    for (const element of changed) waiting.set(String(element['id']), element);
    this.waiting.set(pageId, waiting);
    this.plan();
  }

  /** Nothing of what was drawn here is still on its way. */
  get settled(): boolean {
    return this.waiting.size === 0 && this.inFlight === null;
  }

  point(pageId: string, at: { readonly x: number; readonly y: number } | null): void {
    const now = this.deps.now();
    if (!this.deps.isOpen() || (at !== null && now - this.pointedMs < POINTER_EVERY_MS)) return;
    this.pointedMs = now;
    void this.deps.send({ type: 'board_pointer', page_id: pageId, x: at?.x ?? null, y: at?.y ?? null }).catch(() => undefined);
  }

  /** All of a page, once; the drawing appears when it comes. */
  need(pageId: string): void {
    if (this.store.get().whole.has(pageId) || this.asked.has(pageId) || !this.deps.isOpen()) return;
    this.asked.add(pageId);
    void this.deps.send({ type: 'board_read', page_id: pageId }).catch(() => this.asked.delete(pageId));
  }

  look(pageId: string | null): void {
    this.store.dispatch({ type: 'look', pageId });
  }

  putAside(aside: boolean): void {
    this.store.dispatch({ type: 'aside', aside });
  }

  // --- staff ----------------------------------------------------------------------------------------------------------

  openBlank(): Promise<boolean> {
    return this.ask({ type: 'board_open', key: this.deps.newKey(), kind: 'blank' });
  }

  openMaterial(materialId: string, pages: number): Promise<boolean> {
    const kind: BoardKind = 'material';
    return this.ask({ type: 'board_open', key: this.deps.newKey(), kind, material_id: materialId, pages });
  }

  showAgain(boardId: string): Promise<boolean> {
    const board = this.store.get().boards.get(boardId);
    return this.ask({ type: 'board_open', key: this.deps.newKey(), kind: board?.kind ?? 'blank', board_id: boardId });
  }

  close(boardId: string): Promise<boolean> {
    return this.ask({ type: 'board_close', board_id: boardId });
  }

  addPage(boardId: string): Promise<boolean> {
    return this.ask({ type: 'board_page_add', key: this.deps.newKey(), board_id: boardId });
  }

  showPage(pageId: string): Promise<boolean> {
    return this.ask({ type: 'board_page_show', page_id: pageId });
  }

  startTask(pageId: string, prompt: string, seconds: number | null): Promise<boolean> {
    return this.ask({ type: 'board_task_start', key: this.deps.newKey(), page_id: pageId, prompt, seconds });
  }

  endTask(taskId: string): Promise<boolean> {
    return this.ask({ type: 'board_task_end', task_id: taskId });
  }

  /** A press of a button: it works, or the person reads why not. */
  private async ask(message: Outgoing): Promise<boolean> {
    try {
      await this.deps.send(message);
      return true;
    } catch (error) {
      if (error instanceof Refused) this.deps.notice(error.code, error.text);
      else this.deps.notice('unanswered', '');
      return false;
    }
  }

  // --- the way out ----------------------------------------------------------------------------------------------------

  private plan(): void {
    if (this.planned || this.inFlight !== null || this.waiting.size === 0) return;
    this.planned = true;
    const wait = Math.max(0, this.lastMs + UPDATE_EVERY_MS - this.deps.now());
    this.deps.later(wait, () => {
      this.planned = false;
      void this.flush();
    });
  }

  private async flush(): Promise<void> {
    if (!this.deps.isOpen() || this.inFlight !== null) return;
    const batch = this.takeBatch();
    if (batch === null) return;
    this.inFlight = batch;
    this.lastMs = this.deps.now();
    try {
      await this.deps.send({ type: 'board_update', page_id: batch.pageId, key: batch.key, elements: batch.elements });
      this.inFlight = null;
      this.plan();
    } catch (error) {
      this.inFlight = null;
      this.failed(batch, error);
    }
  }

  private takeBatch(): Batch | null {
    for (const [pageId, waiting] of this.waiting) {
      const elements: Drawn[] = [];
      let chars = 0;
      for (const [id, element] of waiting) {
        const size = JSON.stringify(element).length;
        if (elements.length > 0 && (elements.length >= ELEMENTS_PER_UPDATE_MAX || chars + size > BATCH_CHARS_MAX)) break;
        elements.push(element);
        chars += size;
        waiting.delete(id);
      }
      if (waiting.size === 0) this.waiting.delete(pageId);
      if (elements.length > 0) return { key: this.deps.newKey(), pageId, elements };
    }
    return null;
  }

  private failed(batch: Batch, error: unknown): void {
    const lost = !(error instanceof Refused);
    if (lost || PASSING.has(error.code)) {
      this.putBack(batch);
      this.deps.later(RETRY_MS, () => this.plan());
      return;
    }
    // Not to be had: what is true is at the server, and the person learns why the stroke is gone.
    this.deps.notice(error.code, error.text);
    this.waiting.delete(batch.pageId);
    this.store.dispatch({ type: 'forget', pageId: batch.pageId });
    this.asked.delete(batch.pageId);
    this.need(batch.pageId);
    this.plan();
  }

  /** Behind anything newer of the same element; a fresh key is right, because the newest state counts and not the try. */
  private putBack(batch: Batch): void {
    const newer = this.waiting.get(batch.pageId) ?? new Map<string, Drawn>();
    const all = new Map(batch.elements.map((element) => [String(element['id']), element]));
    for (const [id, element] of newer) all.set(id, element);
    this.waiting.set(batch.pageId, all);
  }
}
