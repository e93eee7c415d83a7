import { describe, expect, it } from 'vitest';

import type { CheckDraft } from '@/classroom/check_draft';
import { changeOption, firstDraft, OPTIONS_MAX, problemOf, specOf, withOption, withoutOption } from '@/classroom/check_draft';

const draft = (change: Partial<CheckDraft>): CheckDraft => ({ ...firstDraft, prompt: ' How much? ', ...change });
const options = [
  { id: 'o1', text: 'one', right: false },
  { id: 'o2', text: ' two ', right: true },
  { id: 'o3', text: '  ', right: true },
];

describe('a question while it is written', () => {
  it('says what is missing', () => {
    expect(problemOf(firstDraft)).toBe('prompt');
    expect(problemOf(draft({}))).toBe('options');
    expect(problemOf(draft({ options: options.map((one) => ({ ...one, right: false })) }))).toBe('right');
    expect(problemOf(draft({ kind: 'true_false' }))).toBe('right');
    expect(problemOf(draft({ kind: 'number', number: 'many' }))).toBe('number');
    expect(problemOf(draft({ kind: 'number', number: '3', tolerance: '-1' }))).toBe('number');
    for (const kind of ['number', 'short_text', 'exercise'] as const) expect(problemOf(draft({ kind })), kind).toBe(null);
  });

  it('asks without the empty answers, and without what belongs to another kind', () => {
    expect(specOf(draft({ options }))).toEqual({
      kind: 'single',
      prompt: 'How much?',
      options: [
        { option_id: 'o1', text: 'one' },
        { option_id: 'o2', text: 'two' },
      ],
      right: { option_ids: ['o2'], number: null, tolerance: 0, texts: [] },
      material_id: null,
    });
    expect(specOf(draft({ kind: 'poll', options }))).toMatchObject({ right: null });
    expect(specOf(draft({ kind: 'true_false', options, truth: 'false' }))).toMatchObject({ options: [], right: { option_ids: ['false'] } });
    expect(specOf(draft({ kind: 'number', number: '0,75', tolerance: '0,01' }))).toMatchObject({ right: { number: 0.75, tolerance: 0.01 } });
    expect(specOf(draft({ kind: 'number' }))).toMatchObject({ right: null });
    expect(specOf(draft({ kind: 'short_text', texts: ' Paris \n\nparis' }))).toMatchObject({ right: { texts: ['Paris', 'paris'] } });
  });

  it('has one right answer where one is asked for', () => {
    const first = changeOption(draft({ options }), 'o1', { right: true });
    expect(first.options.map((one) => one.right)).toEqual([true, false, false]);
    const several = changeOption(draft({ kind: 'multiple', options }), 'o1', { right: true });
    expect(several.options.map((one) => one.right)).toEqual([true, true, true]);
  });

  it('adds answers up to the limit, keeps two, and never gives an id twice', () => {
    let many = draft({ options });
    for (let i = 0; i < 20; i += 1) many = withOption(many);
    expect(many.options.length).toBe(OPTIONS_MAX);
    many = withOption(withoutOption(many, 'o2'));
    expect(new Set(many.options.map((one) => one.id)).size).toBe(OPTIONS_MAX);
    for (const one of many.options) many = withoutOption(many, one.id);
    expect(many.options.length).toBe(2);
  });
});
