import { describe, expect, it } from 'vitest';

import { initials } from '@/components/Avatar';
import { loadPreferences, savePreferences } from '@/conductor/preferences';
import { backoffMs, BACKOFF_MS_MAX } from '@/protocol/backoff';
import { linkToken } from '@/protocol/ticket';
import { browserName } from '@/rtc/support';
import { whenOf } from '@/screens/when';

describe('linkToken', () => {
  it('reads the token out of the path and nothing else', () => {
    expect(linkToken('/j/abc-DEF_123')).toBe('abc-DEF_123');
    expect(linkToken('/j/abc/')).toBe('abc');
    expect(linkToken('/j/')).toBe(null);
    expect(linkToken('/j/a%2Fb')).toBe(null);
    expect(linkToken('/x/abc')).toBe(null);
  });
});

describe('backoffMs', () => {
  it('begins at once, grows, and is bounded', () => {
    expect(backoffMs(0, 1)).toBeLessThanOrEqual(150);
    for (let attempt = 1; attempt < 40; attempt += 1) {
      expect(backoffMs(attempt, 0)).toBeGreaterThanOrEqual(200);
      expect(backoffMs(attempt, 0.999)).toBeLessThanOrEqual(BACKOFF_MS_MAX);
    }
  });
});

describe('small things', () => {
  it('abbreviates names of any script', () => {
    expect(initials('Mia Marie Lund')).toBe('ML');
    expect(initials('  ')).toBe('?');
    expect(initials('王小明')).toBe('王');
  });

  it('remembers choices, and forgets what it cannot read', () => {
    const kept = new Map<string, string>();
    const shelf = { getItem: (key: string) => kept.get(key) ?? null, setItem: (key: string, value: string) => void kept.set(key, value) };
    savePreferences(shelf, { ...loadPreferences(shelf), mic: 'usb', cameraOn: false });
    expect(loadPreferences(shelf)).toMatchObject({ mic: 'usb', cameraOn: false, micOn: true });
    kept.set('homeroom-preferences', '{"mic": 7, "micOn": "yes"');
    expect(loadPreferences(shelf)).toMatchObject({ mic: null, micOn: true });
  });

  it('names the browser coarsely', () => {
    expect(browserName('Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/156.0.0.0 Safari/537.36')).toBe('Chrome 156');
    expect(browserName('Mozilla/5.0 (iPhone; CPU iPhone OS 18_0 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/18.0 Mobile/15E148 Safari/604.1')).toBe('Safari 18');
    expect(browserName('curl')).toBe('other');
  });

  it('shows nothing rather than nonsense for a broken date', () => {
    expect(whenOf('soon', 'later', 'en')).toEqual({ date: '', start: '', end: '' });
  });
});
