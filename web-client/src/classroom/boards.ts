/** The boards of a class as this page knows them: which is shown, who works on what, and the drawings. Pure. */
import type { Board, BoardPage, BoardPointerAt, BoardsServerMessage, BoardsSnapshot, BoardTask } from '@/protocol/messages.gen';

import type { Drawn, Page } from './board_elements';
import { emptyPage, merge } from './board_elements';

export interface Boards {
  readonly boards: ReadonlyMap<string, Board>;
  readonly shownBoardId: string | null;
  readonly tasks: readonly BoardTask[];
  readonly pages: ReadonlyMap<string, Page>;
  /** Pages of which everything is here, not only what came by since. */
  readonly whole: ReadonlySet<string>;
  /** Grows when a page was forgotten: its surface begins anew, without what was refused. */
  readonly resets: number;
  readonly pointers: { readonly pageId: string; readonly at: readonly BoardPointerAt[] } | null;
  /** What this person chose to look at instead of what everyone is shown: a student's copy. */
  readonly lookingAt: string | null;
  /** A student who has put the own copy aside to see what everyone is shown. */
  readonly copyAside: boolean;
}

export const noBoards: Boards = {
  boards: new Map(),
  shownBoardId: null,
  tasks: [],
  pages: new Map(),
  whole: new Set(),
  resets: 0,
  pointers: null,
  lookingAt: null,
  copyAside: false,
};

export type BoardEvent =
  | { readonly type: 'snapshot'; readonly boards: BoardsSnapshot }
  | { readonly type: 'said'; readonly message: BoardsServerMessage }
  | { readonly type: 'drawn'; readonly pageId: string; readonly elements: readonly Drawn[] }
  | { readonly type: 'forget'; readonly pageId: string }
  | { readonly type: 'look'; readonly pageId: string | null }
  | { readonly type: 'aside'; readonly aside: boolean };

export function reduceBoards(state: Boards, event: BoardEvent): Boards {
  switch (event.type) {
    case 'snapshot':
      return fromSnapshot(state, event.boards);
    case 'said':
      return said(state, event.message);
    case 'drawn':
      return withElements(state, event.pageId, event.elements, false);
    case 'forget':
      return { ...state, pages: without(state.pages, event.pageId), whole: withoutOne(state.whole, event.pageId), resets: state.resets + 1 };
    case 'look':
      return { ...state, lookingAt: event.pageId };
    case 'aside':
      return { ...state, copyAside: event.aside };
  }
}

export function isAboutBoards(message: { readonly type: string }): message is BoardsServerMessage {
  return message.type.startsWith('board_');
}

function said(state: Boards, message: BoardsServerMessage): Boards {
  switch (message.type) {
    case 'board_opened':
      return message.board === null
        ? { ...state, shownBoardId: null, pointers: null }
        : { ...withBoard(state, message.board), shownBoardId: message.board.board_id, pointers: null, lookingAt: null };
    case 'board_page':
      return withBoard(state, message.board);
    case 'board_elements':
      return withElements(state, message.page_id, message.elements, message.whole);
    case 'board_pointers':
      return { ...state, pointers: { pageId: message.page_id, at: message.pointers } };
    case 'board_tasks':
      return withTasks(state, message.tasks);
  }
}

/** The whole state anew. Drawings stay where the merge rule lets them: what was not sent yet is newer and wins. */
function fromSnapshot(state: Boards, snapshot: BoardsSnapshot): Boards {
  const base: Boards = {
    ...noBoards,
    pages: state.pages,
    resets: state.resets,
    lookingAt: state.lookingAt,
    copyAside: state.copyAside,
    boards: new Map(snapshot.boards.map((one) => [one.board_id, one])),
    shownBoardId: snapshot.shown_board_id,
  };
  const withPages = snapshot.elements.reduce((so, one) => withElements(so, one.page_id, one.elements, true), base);
  return withTasks(withPages, snapshot.tasks);
}

function withBoard(state: Boards, board: Board): Boards {
  return { ...state, boards: new Map(state.boards).set(board.board_id, board) };
}

function withElements(state: Boards, pageId: string, elements: readonly Drawn[], whole: boolean): Boards {
  const before = state.pages.get(pageId) ?? emptyPage;
  const page = merge(before, elements);
  const pages = page === before && state.pages.has(pageId) ? state.pages : new Map(state.pages).set(pageId, page);
  const known = whole && !state.whole.has(pageId) ? new Set(state.whole).add(pageId) : state.whole;
  return pages === state.pages && known === state.whole ? state : { ...state, pages, whole: known };
}

function withTasks(state: Boards, tasks: readonly BoardTask[]): Boards {
  const begun = tasks.some((one) => one.open && !state.tasks.some((old) => old.task_id === one.task_id));
  // A new task asks for the own copy, whatever was put aside before.
  return { ...state, tasks, copyAside: begun ? false : state.copyAside };
}

function without<V>(map: ReadonlyMap<string, V>, key: string): ReadonlyMap<string, V> {
  const next = new Map(map);
  next.delete(key);
  return next;
}

function withoutOne(set: ReadonlySet<string>, key: string): ReadonlySet<string> {
  const next = new Set(set);
  next.delete(key);
  return next;
}

// --- questions ------------------------------------------------------------------------------------------------------

export const openTask = (state: Boards): BoardTask | null => state.tasks.find((one) => one.open) ?? null;

export function ownCopy(state: Boards, selfId: string): { readonly task: BoardTask; readonly page: BoardPage } | null {
  const task = openTask(state);
  const page = task?.copies.find((one) => one.owner_id === selfId);
  return task === null || page === undefined ? null : { task, page };
}

export function boardOfPage(state: Boards, pageId: string): Board | null {
  for (const board of state.boards.values()) if (board.pages.some((one) => one.page_id === pageId)) return board;
  const task = state.tasks.find((one) => one.copies.some((copy) => copy.page_id === pageId));
  return task === undefined ? null : boardOfPage(state, task.page_id);
}

export type SurfaceKind = 'shown' | 'copy' | 'looking';

export interface Surface {
  readonly kind: SurfaceKind;
  readonly pageId: string;
  readonly board: Board;
  /** Counts from 1: the page of the material that lies under the drawing. */
  readonly number: number;
  readonly ownerId: string | null;
  readonly task: BoardTask | null;
}

/** The page that is in front of this person now: a copy that is looked at, the own copy of a task, else what everyone is shown. */
export function surfaceOf(state: Boards, selfId: string): Surface | null {
  const looked = state.lookingAt === null ? null : copySurface(state, state.lookingAt, 'looking');
  if (looked !== null) return looked;
  const own = state.copyAside ? null : ownCopy(state, selfId);
  if (own !== null) return copySurface(state, own.page.page_id, 'copy');
  const board = state.shownBoardId === null ? undefined : state.boards.get(state.shownBoardId);
  const page = board?.pages.find((one) => one.page_id === board.shown_page_id);
  if (board === undefined || page === undefined) return null;
  return { kind: 'shown', pageId: page.page_id, board, number: page.number, ownerId: null, task: null };
}

function copySurface(state: Boards, pageId: string, kind: SurfaceKind): Surface | null {
  const task = state.tasks.find((one) => one.copies.some((copy) => copy.page_id === pageId));
  const copy = task?.copies.find((one) => one.page_id === pageId);
  const board = task === undefined ? null : boardOfPage(state, task.page_id);
  if (task === undefined || copy === undefined || board === null) return null;
  return { kind, pageId, board, number: copy.number, ownerId: copy.owner_id, task };
}
