/** What the board's components read: rights, people, the sheet below, the drawings of a task. */
import { useCallback, useEffect, useMemo, useState } from 'react';

import type { Drawn, Page } from '@/classroom/board_elements';
import type { Boards, Surface } from '@/classroom/boards';
import { countOf, drawnOf, mayDraw, openTask } from '@/conductor/board_views';
import type { AppState } from '@/conductor/state';
import type { Sheet } from '@/conductor/sheets';
import { may } from '@/conductor/views';
import type { BoardPointerAt, BoardTask } from '@/protocol/messages.gen';

import { useApp, useConductor } from './conductor_context';
import { useBoarding, useBoards } from './use_boards';

export interface BoardRights {
  /** Open, turn and close boards, give tasks. */
  readonly run: boolean;
  readonly draw: boolean;
}

export function useBoardRights(surface: Surface): BoardRights {
  const run = useApp((state) => runs(state, surface.board.group_id));
  const draw = useApp((state) => mayDraw(state, surface));
  return { run, draw };
}

/** In a group its members turn the pages themselves: nobody of the staff may be there. */
const runs = (state: AppState, groupId: string | null): boolean => may(state, 'run_boards') || (groupId !== null && may(state, 'draw'));

export const useMayOpenBoard = (): boolean => useApp((state) => runs(state, state.lesson.breakouts.own_group_id));
export const useMayGiveTasks = (): boolean => useApp((state) => may(state, 'run_boards'));
export const useIsBoardShown = (): boolean => useBoards((state) => state.shownBoardId !== null);

const NOBODY: readonly BoardPointerAt[] = [];

export function useBoardPointers(pageId: string): readonly (BoardPointerAt & { readonly name: string })[] {
  const at = useBoards((state) => (state.pointers?.pageId === pageId ? state.pointers.at : NOBODY));
  const people = useApp((state) => state.room.participants);
  const selfId = useApp((state) => state.me?.participantId);
  return useMemo(
    () => at.filter((one) => one.participant_id !== selfId).map((one) => ({ ...one, name: people.get(one.participant_id)?.display_name ?? '' })),
    [at, people, selfId],
  );
}

export type SheetState = { readonly state: 'none' | 'loading' | 'failed' } | { readonly state: 'here'; readonly sheet: Sheet };

const NONE: SheetState = { state: 'none' };

export interface SheetView {
  readonly sheet: SheetState;
  readonly again: () => void;
}

export function useSheet(surface: Surface): SheetView {
  const { sheets } = useConductor();
  const materialId = surface.board.material_id;
  const [tries, setTries] = useState(0);
  const wanted = materialId === null ? null : `${materialId}/${surface.number}/${tries}`;
  const [got, setGot] = useState<{ readonly key: string; readonly sheet: SheetState } | null>(null);
  useEffect(() => {
    if (wanted === null || materialId === null) return;
    let over = false;
    sheets.sheet(materialId, surface.number).then(
      (sheet) => over || setGot({ key: wanted, sheet: { state: 'here', sheet } }),
      () => over || setGot({ key: wanted, sheet: { state: 'failed' } }),
    );
    return () => {
      over = true;
    };
  }, [sheets, materialId, surface.number, wanted]);
  const again = useCallback(() => setTries((count) => count + 1), []);
  if (wanted === null) return { sheet: NONE, again };
  return { sheet: got?.key === wanted ? got.sheet : { state: 'loading' }, again };
}

export interface PageAccess {
  readonly page: () => Page;
  readonly watch: (told: () => void) => () => void;
  readonly here: boolean;
  readonly resets: number;
}

const EMPTY: Page = new Map();

/** The drawing of one page for a surface that follows it by itself; asks for what is missing. */
export function usePageAccess(pageId: string): PageAccess {
  const boarding = useBoarding();
  const here = useBoards(useCallback((state: Boards) => state.whole.has(pageId), [pageId]));
  const resets = useBoards((state) => state.resets);
  const open = useApp((state) => state.connection === 'open');
  useEffect(() => {
    if (open && !here) boarding.need(pageId);
  }, [boarding, pageId, open, here]);
  const page = useCallback(() => boarding.store.get().pages.get(pageId) ?? EMPTY, [boarding, pageId]);
  const watch = useCallback(
    (told: () => void) => {
      let last = page();
      return boarding.store.subscribe(() => {
        const now = page();
        if (now === last) return;
        last = now;
        told();
      });
    },
    [boarding, page],
  );
  return { page, watch, here, resets };
}

/** How many strokes and shapes are on a page now. */
export const useDrawnCount = (pageId: string): number => useBoards(useCallback((state: Boards) => countOf(state.pages.get(pageId) ?? EMPTY), [pageId]));

export const useOpenTask = (): BoardTask | null => useBoards(openTask);
export const useTasks = (): readonly BoardTask[] => useBoards((state) => state.tasks);

/** What is to be seen of a page, calmly: a thumbnail need not follow every stroke. */
export function useThumbnail(pageId: string, everyMs: number): readonly Drawn[] | null {
  const { page, here } = usePageAccess(pageId);
  const [shown, setShown] = useState<readonly Drawn[] | null>(null);
  useEffect(() => {
    if (!here) return;
    let last: Page | null = null;
    const look = (): void => {
      const now = page();
      if (now !== last) setShown(drawnOf(now));
      last = now;
    };
    look();
    const timer = setInterval(look, everyMs);
    return () => clearInterval(timer);
  }, [here, page, everyMs]);
  return shown;
}
