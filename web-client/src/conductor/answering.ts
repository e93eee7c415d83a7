/** How one's own answer to a question stands, from what is begun, on its way and stored. */
import type { UnsentAnswer } from '@/classroom/outbox';
import { Refused } from '@/protocol/errors';
import type { Answer, GivenAnswer } from '@/protocol/messages.gen';

export { answersOf, isAnswered, noAnswer, numberOf, openCheck, ownAnswer, percent } from '@/classroom/checks';
export { unsentAnswer } from '@/classroom/outbox';

export type AnswerState = 'none' | 'changed' | 'sending' | 'kept' | 'refused' | 'stored';

export function answerStateOf(draft: Answer | null, unsent: UnsentAnswer | null, stored: GivenAnswer | null, connected: boolean): AnswerState {
  if (unsent !== null) return unsent.refused !== null ? 'refused' : connected ? 'sending' : 'kept';
  if (stored === null) return 'none';
  return draft === null ? 'stored' : 'changed';
}

export const problemOfError = (error: unknown): { readonly code: string; readonly text: string } =>
  error instanceof Refused ? { code: error.code, text: error.text } : { code: 'unreachable', text: '' };
