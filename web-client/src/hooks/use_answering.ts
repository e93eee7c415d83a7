import { answerStateOf, isAnswered, noAnswer, numberOf, ownAnswer, unsentAnswer } from '@/conductor/answering';
import type { AnswerState } from '@/conductor/answering';
import type { Answer, Check } from '@/protocol/messages.gen';

import { useApp } from './conductor_context';
import { useLesson, useLessonVerbs, useSelfId } from './use_lesson';
import { useProblemText } from './use_problem_text';

export interface Answering {
  /** What stands in the fields: begun, given, or nothing. */
  readonly answer: Answer;
  readonly change: (answer: Answer) => void;
  readonly give: () => void;
  readonly ready: boolean;
  /** There is an answer that counts, or one on its way. */
  readonly given: boolean;
  readonly state: AnswerState;
  readonly problem: string;
  readonly parse: (written: string) => number | null;
}

export function useAnswering(check: Check): Answering {
  const verbs = useLessonVerbs();
  const selfId = useSelfId();
  const id = check.check_id;
  const stored = useLesson((lesson) => ownAnswer(lesson.checks, id, selfId));
  const unsent = useApp((state) => unsentAnswer(state.outbox, id));
  const draft = useApp((state) => state.answerDrafts.get(id) ?? null);
  const connected = useApp((state) => state.connection === 'open');
  const answer = draft ?? unsent?.answer ?? stored?.answer ?? noAnswer;
  return {
    answer,
    change: (next) => verbs.answerDraft(id, next),
    give: () => void verbs.answer(id, answer),
    ready: draft !== null && isAnswered(check, answer),
    given: stored !== null || unsent !== null,
    state: answerStateOf(draft, unsent, stored, connected),
    problem: useProblemText(unsent?.refused ?? null),
    parse: numberOf,
  };
}
