import { useBoarding, useBoards } from '@/hooks/use_boards';
import { useMayOpenBoard } from '@/hooks/use_board_facts';
import { useLesson, useMay } from '@/hooks/use_lesson';
import { usePanel } from '@/hooks/use_panel';
import { useText } from '@/i18n/use_text';

import type { MenuItem } from './MenuSheet';

/** The teaching tools, one key or two clicks away. What each may do, the server decides; what shows here follows the role. */
export function useClassTools(): readonly MenuItem[] {
  const { text } = useText();
  const { toggle } = usePanel();
  const board = useBoardTool();
  const mayRunGroups = useMay('run_breakouts');
  const inGroups = useLesson((lesson) => lesson.breakouts.open);
  const tools: MenuItem[] = [{ icon: 'question', label: text('checks.title'), hint: 'Q', testId: 'checks-toggle', run: () => toggle('checks') }];
  if (board !== null) tools.push({ icon: 'board', label: board.shown ? text('board.hide') : text('board.open'), hint: 'B', testId: 'board-toggle', run: board.run });
  if (mayRunGroups || inGroups) tools.push({ icon: 'groups', label: text('groups.title'), hint: 'G', testId: 'groups-toggle', run: () => toggle('groups') });
  tools.push({ icon: 'file', label: text('materials.title'), hint: 'F', testId: 'materials-toggle', run: () => toggle('materials') });
  return tools;
}

/** A board appears, the last one again or a fresh one, or the one that is shown goes away. Null: not for this person. */
export function useBoardTool(): { readonly shown: boolean; readonly run: () => void } | null {
  const boarding = useBoarding();
  const may = useMayOpenBoard();
  const shown = useBoards((state) => state.shownBoardId);
  const last = useBoards((state) => [...state.boards.keys()].at(-1) ?? null);
  if (!may) return null;
  const open = (): void => void (last === null ? boarding.openBlank() : boarding.showAgain(last));
  return { shown: shown !== null, run: shown === null ? open : () => void boarding.close(shown) };
}
