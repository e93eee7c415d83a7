/** Questions, one's own answers, everybody's answers for staff, and how each stands. */
import type { Answer, Check, ChecksServerMessage, ChecksSnapshot, CheckTally, GivenAnswer } from '@/protocol/messages.gen';

export interface Checks {
  /** In the order in which they were first asked. */
  readonly checks: ReadonlyMap<string, Check>;
  /** The answer of each person that counts. For a student: only the own one. */
  readonly answers: ReadonlyMap<string, GivenAnswer>;
  readonly tallies: ReadonlyMap<string, CheckTally>;
}

export const noChecks: Checks = { checks: new Map(), answers: new Map(), tallies: new Map() };

export const noAnswer: Answer = { option_ids: [], number: null, text: '', material_id: null };

/** One answer a person and question; those without a name are told apart by their key. */
const answerId = (one: GivenAnswer): string => `${one.check_id}/${one.participant_id ?? `#${one.key}`}`;

export function checksFromSnapshot(snapshot: ChecksSnapshot): Checks {
  return {
    checks: new Map(snapshot.checks.map((one) => [one.check_id, one])),
    answers: new Map(snapshot.answers.map((one) => [answerId(one), one])),
    tallies: new Map(snapshot.tallies.map((one) => [one.check_id, one])),
  };
}

type ChecksNews = Exclude<ChecksServerMessage, { type: 'pulse_counts' }>;

export function reduceChecks(checks: Checks, news: ChecksNews): Checks {
  switch (news.type) {
    case 'check_opened':
    case 'check_changed':
      return { ...checks, checks: new Map(checks.checks).set(news.check.check_id, news.check) };
    case 'check_answered':
      return { ...checks, answers: new Map(checks.answers).set(answerId(news.answer), news.answer) };
    case 'check_results':
      return { ...checks, tallies: new Map(checks.tallies).set(news.tally.check_id, news.tally) };
  }
}

// --- questions ------------------------------------------------------------------------------------------------------

/** The question that stands open now: the last one that was asked. */
export function openCheck(checks: Checks): Check | null {
  let found: Check | null = null;
  for (const one of checks.checks.values()) if (one.open) found = one;
  return found;
}

/**
 * What the server knows of a student's own answer. Students are sent no answers but their own, so the last one of this
 * question is theirs, with a name or without.
 */
export function ownAnswer(checks: Checks, checkId: string, selfId: string): GivenAnswer | null {
  let found: GivenAnswer | null = null;
  for (const one of checks.answers.values()) {
    if (one.check_id === checkId && (one.participant_id === selfId || one.participant_id === null)) found = one;
  }
  return found;
}

export function answersOf(checks: Checks, checkId: string): readonly GivenAnswer[] {
  return [...checks.answers.values()].filter((one) => one.check_id === checkId);
}

/** Is this enough of an answer for a question of this kind? The server decides; this only greys out the button. */
export function isAnswered(check: Check, answer: Answer): boolean {
  switch (check.kind) {
    case 'poll':
    case 'single':
    case 'true_false':
      return answer.option_ids.length === 1;
    case 'multiple':
      return answer.option_ids.length > 0;
    case 'number':
      return answer.number !== null && Number.isFinite(answer.number);
    case 'short_text':
      return answer.text.trim() !== '';
    case 'exercise':
      return answer.text.trim() !== '' || answer.material_id !== null;
  }
}

/** A number as people write it: comma or point, spaces around. Null: not one. */
export function numberOf(written: string): number | null {
  const plain = written.trim().replace(/\s/g, '').replace(',', '.');
  if (!/^[-+]?(\d+\.?\d*|\.\d+)(e[-+]?\d+)?$/i.test(plain)) return null;
  const value = Number(plain);
  return Number.isFinite(value) ? value : null;
}

/** Share of those who were asked, in whole percent; nobody asked is nobody. */
export function percent(part: number, whole: number): number {
  return whole <= 0 ? 0 : Math.round((100 * Math.min(part, whole)) / whole);
}
