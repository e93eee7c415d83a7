import { describe, expect, it } from 'vitest';

import { de } from '@/i18n/de';
import { en } from '@/i18n/en';
import { firstLanguage, hasText } from '@/i18n/texts';
import { ERROR_CODES } from '@/protocol/messages.gen';
import { verdict } from '@/protocol/errors';
import { shortcutOf } from '@/hooks/use_shortcuts';

const holes = (text: string): string[] => [...text.matchAll(/{{(\w+)}}/g)].map((found) => found[1] ?? '').sort();

describe('texts', () => {
  it('has the same keys in both languages, none of them empty', () => {
    expect(Object.keys(de).sort()).toEqual(Object.keys(en).sort());
    for (const [key, text] of Object.entries({ ...en, ...de })) expect(text.trim(), key).not.toBe('');
  });

  it('fills the same holes in both languages', () => {
    for (const key of Object.keys(en) as (keyof typeof en)[]) expect(holes(de[key]), key).toEqual(holes(en[key]));
  });

  it('has a sentence for every refusal of hello that stays on the screen', () => {
    const inside = ['bad_message', 'too_large', 'too_fast', 'hello_first', 'hello_twice', 'not_allowed', 'track_unknown', 'slot_unknown', 'bad_sdp', 'stale_generation'];
    const tickets = ['ticket_invalid', 'ticket_foreign'];
    for (const code of ERROR_CODES) {
      if (verdict(code) !== 'final' || inside.includes(code) || tickets.includes(code)) continue;
      expect(hasText(`refused.${code}`), code).toBe(true);
    }
  });

  it('takes the chosen language, else the browser’s, else English', () => {
    expect(firstLanguage('de', ['en-US'])).toBe('de');
    expect(firstLanguage(null, ['fr-FR', 'de-AT'])).toBe('de');
    expect(firstLanguage(null, ['fr'])).toBe('en');
  });
});

describe('shortcuts', () => {
  const key = (name: string, change: object = {}): Parameters<typeof shortcutOf>[0] => ({ key: name, ctrlKey: false, altKey: false, metaKey: false, ...change });

  it('are single keys, not chords', () => {
    expect(shortcutOf(key('M'))).toBe('m');
    expect(shortcutOf(key('PageDown'))).toBe('next');
    expect(shortcutOf(key('m', { ctrlKey: true }))).toBe(null);
    expect(shortcutOf(key('x'))).toBe(null);
  });
});
