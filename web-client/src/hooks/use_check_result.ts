import { useMemo } from 'react';

import { barsOf, listedAnswers, rightWordsOf, wordsOf } from '@/conductor/check_result';
import type { Bar, ListedAnswer } from '@/conductor/check_result';
import { ownAnswer } from '@/conductor/answering';
import { useText } from '@/i18n/use_text';
import type { Check, CheckTally } from '@/protocol/messages.gen';

import { useApp } from './conductor_context';
import { useIsStaff, useLesson, useSelfId } from './use_lesson';

export interface CheckResultView {
  readonly tally: CheckTally | null;
  readonly bars: readonly Bar[];
  /** What was right, for questions without options. */
  readonly rightWords: string;
  readonly answers: readonly ListedAnswer[];
  readonly own: { readonly words: string; readonly correct: boolean | null } | null;
}

export function useCheckResult(check: Check): CheckResultView {
  const { text } = useText();
  const staff = useIsStaff();
  const selfId = useSelfId();
  const checks = useLesson((lesson) => lesson.checks);
  const participants = useApp((state) => state.room.participants);
  return useMemo(() => {
    const tally = checks.tallies.get(check.check_id) ?? null;
    const truth = { true: text('truth.true'), false: text('truth.false') };
    const own = staff ? null : ownAnswer(checks, check.check_id, selfId);
    return {
      tally,
      bars: tally === null ? [] : barsOf(check, tally),
      rightWords: rightWordsOf(check),
      answers: tally === null ? [] : listedAnswers(check, tally, checks, (id) => participants.get(id)?.display_name ?? null),
      own: own === null ? null : { words: wordsOf(check, own.answer, truth), correct: own.correct },
    };
  }, [check, checks, participants, selfId, staff, text]);
}
