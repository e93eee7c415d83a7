/** The result of a question as it is shown: bars for options, words for the rest. Pure. */
import type { Checks } from '@/classroom/checks';
import { answersOf, percent } from '@/classroom/checks';
import type { Answer, Check, CheckTally } from '@/protocol/messages.gen';

export interface Bar {
  readonly id: string;
  readonly text: string;
  /** For true or false, whose words are the page's own. */
  readonly truth: 'true' | 'false' | null;
  readonly count: number;
  readonly percent: number;
  readonly right: boolean;
}

/** One who answered, or an answer without a name. */
export interface ListedAnswer {
  readonly key: string;
  readonly name: string | null;
  readonly words: string;
  readonly correct: boolean | null;
  /** A file that was handed in. */
  readonly materialId: string | null;
}

/** More is no longer read live; the report has all. */
const LISTED_MAX = 100;

export function barsOf(check: Check, tally: CheckTally): readonly Bar[] {
  const counts = new Map(tally.counts.map((one) => [one.option_id, one.count]));
  return check.options.map((one) => {
    const count = counts.get(one.option_id) ?? 0;
    return {
      id: one.option_id,
      text: one.text,
      truth: check.kind !== 'true_false' ? null : one.option_id === 'true' ? 'true' : 'false',
      count,
      percent: percent(count, tally.answered),
      right: check.right?.option_ids.includes(one.option_id) ?? false,
    };
  });
}

export function rightWordsOf(check: Check): string {
  const { right } = check;
  if (right === null || right.option_ids.length > 0) return '';
  if (right.number !== null) return right.tolerance > 0 ? `${right.number} ± ${right.tolerance}` : String(right.number);
  return right.texts.join(' / ');
}

export function wordsOf(check: Check, answer: Answer, truth: { readonly true: string; readonly false: string }): string {
  if (check.kind === 'true_false') return answer.option_ids[0] === 'true' ? truth.true : truth.false;
  if (answer.option_ids.length > 0) {
    const texts = new Map(check.options.map((one) => [one.option_id, one.text]));
    return answer.option_ids.map((id) => texts.get(id) ?? '').join(', ');
  }
  return answer.number !== null ? String(answer.number) : answer.text;
}

/** Numbers and texts one by one: with names where staff have them, else as the server counted them. */
export function listedAnswers(check: Check, tally: CheckTally, checks: Checks, nameOf: (id: string) => string | null): readonly ListedAnswer[] {
  if (check.options.length > 0) return [];
  const named = answersOf(checks, check.check_id).filter((one) => one.participant_id !== null);
  if (named.length > 0 && !check.anonymous && tally.answered === named.length) {
    return named.slice(0, LISTED_MAX).map((one) => ({
      key: one.key,
      name: one.participant_id === null ? null : nameOf(one.participant_id),
      words: one.answer.number !== null ? String(one.answer.number) : one.answer.text,
      correct: one.correct,
      materialId: one.answer.material_id,
    }));
  }
  const words = [...tally.numbers.map(String), ...tally.texts];
  return words.slice(0, LISTED_MAX).map((one, index) => ({ key: String(index), name: null, words: one, correct: null, materialId: null }));
}
