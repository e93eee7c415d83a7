/** Questions about the boards that the page asks: the answers of `classroom`, and what a role may do on them. */
import { countOf, drawnOf, newerThan, surfaceWith } from '@/classroom/board_elements';
import type { Boards, Surface } from '@/classroom/boards';
import { openTask, ownCopy, surfaceOf } from '@/classroom/boards';

import type { AppState } from './state';
import { may } from './views';

export { countOf, drawnOf, newerThan, openTask, ownCopy, surfaceWith };

export const readSurface = (boards: Boards, selfId: string): Surface | null => surfaceOf(boards, selfId);

export const isStaff = (state: AppState): boolean => state.me?.role === 'instructor' || state.me?.role === 'assistant';

/** One's own copy while its task is open; a page for all wherever drawing is allowed; another's copy only for staff. */
export function mayDraw(state: AppState, surface: Surface): boolean {
  if (!may(state, 'draw')) return false;
  if (surface.kind === 'shown') return true;
  if (surface.task?.open !== true) return false;
  return surface.ownerId === state.me?.participantId || isStaff(state);
}
