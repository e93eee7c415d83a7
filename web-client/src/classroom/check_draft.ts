/** A question while staff write it. Pure: the form reads and changes it, and `specOf` makes what is asked of it. */
import type { CheckKind, CheckSpec, RightAnswer } from '@/protocol/messages.gen';

import { numberOf } from './checks';

export interface DraftOption {
  readonly id: string;
  readonly text: string;
  readonly right: boolean;
}

export interface CheckDraft {
  readonly kind: CheckKind;
  readonly prompt: string;
  readonly options: readonly DraftOption[];
  /** For true or false. */
  readonly truth: 'true' | 'false' | null;
  readonly number: string;
  readonly tolerance: string;
  /** Short texts that are right, one a line. */
  readonly texts: string;
  readonly seconds: number | null;
  readonly anonymous: boolean;
}

export const OPTIONS_MIN = 2;
export const OPTIONS_MAX = 12;
export const RIGHT_TEXTS_MAX = 10;

const option = (number: number): DraftOption => ({ id: `o${number}`, text: '', right: false });

export const firstDraft: CheckDraft = {
  kind: 'single',
  prompt: '',
  options: [option(1), option(2), option(3)],
  truth: null,
  number: '',
  tolerance: '',
  texts: '',
  seconds: null,
  anonymous: false,
};

export const hasOptions = (kind: CheckKind): boolean => kind === 'poll' || kind === 'single' || kind === 'multiple';

/** Ids only need to differ within the question; a removed one is not used again, so that fields keep their places. */
export function withOption(draft: CheckDraft): CheckDraft {
  if (draft.options.length >= OPTIONS_MAX) return draft;
  const last = Math.max(0, ...draft.options.map((one) => Number(one.id.slice(1))));
  return { ...draft, options: [...draft.options, option(last + 1)] };
}

export function withoutOption(draft: CheckDraft, id: string): CheckDraft {
  return draft.options.length <= OPTIONS_MIN ? draft : { ...draft, options: draft.options.filter((one) => one.id !== id) };
}

export function changeOption(draft: CheckDraft, id: string, change: Partial<Omit<DraftOption, 'id'>>): CheckDraft {
  const alone = draft.kind === 'single' && change.right === true;
  const options = draft.options.map((one) => (one.id === id ? { ...one, ...change } : alone ? { ...one, right: false } : one));
  return { ...draft, options };
}

export type DraftProblem = 'prompt' | 'options' | 'right' | 'number';

/** What is missing before it can be asked; null: nothing. */
export function problemOf(draft: CheckDraft): DraftProblem | null {
  if (draft.prompt.trim() === '') return 'prompt';
  if (hasOptions(draft.kind) && written(draft).length < OPTIONS_MIN) return 'options';
  // "Several answers" without a right one would be a poll; a number or text without one is a question to collect answers.
  if ((draft.kind === 'single' || draft.kind === 'multiple') && !written(draft).some((one) => one.right)) return 'right';
  if (draft.kind === 'true_false' && draft.truth === null) return 'right';
  if (draft.kind === 'number' && draft.number.trim() !== '' && numberOf(draft.number) === null) return 'number';
  if (draft.kind === 'number' && draft.tolerance.trim() !== '' && (numberOf(draft.tolerance) ?? -1) < 0) return 'number';
  return null;
}

const written = (draft: CheckDraft): readonly DraftOption[] => draft.options.filter((one) => one.text.trim() !== '');

export function specOf(draft: CheckDraft): CheckSpec | null {
  if (problemOf(draft) !== null) return null;
  const options = hasOptions(draft.kind) ? written(draft).map((one) => ({ option_id: one.id, text: one.text.trim() })) : [];
  return { kind: draft.kind, prompt: draft.prompt.trim(), options, right: rightOf(draft), material_id: null };
}

function rightOf(draft: CheckDraft): RightAnswer | null {
  const right: RightAnswer = { option_ids: [], number: null, tolerance: 0, texts: [] };
  switch (draft.kind) {
    case 'poll':
    case 'exercise':
      return null;
    case 'single':
    case 'multiple':
      return { ...right, option_ids: written(draft).flatMap((one) => (one.right ? [one.id] : [])) };
    case 'true_false':
      return draft.truth === null ? null : { ...right, option_ids: [draft.truth] };
    case 'number': {
      const number = numberOf(draft.number);
      return number === null ? null : { ...right, number, tolerance: numberOf(draft.tolerance) ?? 0 };
    }
    case 'short_text': {
      const texts = draft.texts.split('\n').map((one) => one.trim()).filter((one) => one !== '').slice(0, RIGHT_TEXTS_MAX);
      return texts.length === 0 ? null : { ...right, texts };
    }
  }
}
