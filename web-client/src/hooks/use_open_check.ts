import { openCheck } from '@/conductor/answering';
import { may } from '@/conductor/views';
import type { AppState } from '@/conductor/state';
import type { Check } from '@/protocol/messages.gen';

import { useApp } from './conductor_context';

const toAnswer = (state: AppState): Check | null => (may(state, 'answer_checks') ? openCheck(state.lesson.checks) : null);

/** The question that this person may answer now. */
export const useOpenCheck = (): Check | null => useApp(toAnswer);
