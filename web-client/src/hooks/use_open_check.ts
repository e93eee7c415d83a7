import { openCheck } from '@/conductor/answering';
import { may } from '@/conductor/views';
import type { AppState } from '@/conductor/state';
import type { Check } from '@/protocol/messages.gen';

import { useApp } from './conductor_context';

const toAnswer = (state: AppState): Check | null => (may(state, 'answer_checks') ? openCheck(state.lesson.checks) : null);

/** The question that this person may answer now. */
export const useOpenCheck = (): Check | null => useApp(toAnswer);

const shown = (state: AppState): Check | null => (state.desk.resultId === null ? null : (state.lesson.checks.checks.get(state.desk.resultId) ?? null));

/** The question whose result was shown to all just now. */
export const useShownResult = (): Check | null => useApp(shown);
