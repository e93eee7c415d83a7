import { describe, expect, it } from 'vitest';

import type { RecordedTrack } from '@/conductor/playback';
import { clockText, filmsAt, JUMP_S, momentOf, recordingPath, step, takeToken } from '@/conductor/playback';

/** As much of a browser's shelf as is used. */
const shelf = (): Storage => {
  const kept = new Map<string, string>();
  return {
    getItem: (key: string) => kept.get(key) ?? null,
    setItem: (key: string, value: string) => void kept.set(key, value),
  } as Storage;
};

const film = (id: string, spans: RecordedTrack['spans'], more: Partial<RecordedTrack> = {}): RecordedTrack => ({
  track_id: id,
  participant_id: `par_${id}`,
  name: id,
  role: 'student',
  source: 'camera',
  kind: 'video',
  lost_packets: 0,
  url: '',
  content_type: 'video/webm',
  start_s: spans[0]?.[0] ?? 0,
  end_s: spans.at(-1)?.[1] ?? 0,
  spans,
  width: 640,
  height: 360,
  ...more,
});

describe('a recording as it happened', () => {
  it('shows who showed something at that moment, a screen and who leads first', () => {
    const tracks = [
      film('ada', [[0, 10]]),
      film('bob', [[5, 8], [20, 30]]),
      film('iris', [[2, 30]], { role: 'instructor' }),
      film('share', [[6, 30]], { source: 'screen' }),
      film('voice', [[0, 30]], { kind: 'audio' }),
    ];
    expect(filmsAt(tracks, 1).map((one) => one.track_id)).toEqual(['ada']);
    expect(filmsAt(tracks, 7).map((one) => one.track_id)).toEqual(['share', 'iris', 'ada', 'bob']);
    expect(filmsAt(tracks, 15).map((one) => one.track_id)).toEqual(['share', 'iris']);
  });

  it('leaves a film that is in step alone, hurries one that is a little behind, jumps when it is far off', () => {
    expect(step(10, 5, 15, 1, true)).toEqual({ jumpTo: null, rate: 1 });
    expect(step(10, 5, 15.2, 1, true).rate).toBeGreaterThan(1);
    expect(step(10.2, 5, 15, 1.5, true).rate).toBeLessThan(1.5);
    expect(step(10, 5, 15 + JUMP_S + 0.1, 1, true).jumpTo).toBeCloseTo(10 + JUMP_S + 0.1);
    expect(step(10, 5, 15.2, 1, false).jumpTo).toBeCloseTo(10.2);
  });

  it('reads a moment from an address and writes one for people', () => {
    expect(momentOf('?t=90')).toBe(90);
    expect(momentOf('?t=1h2m3s')).toBe(3723);
    expect(momentOf('?t=x')).toBe(0);
    expect(clockText(3723.9)).toBe('1:02:03');
    expect(clockText(65)).toBe('1:05');
  });

  it('knows its addresses, and keeps a token for the tab only', () => {
    expect(recordingPath('/recordings')).toEqual({ recordingId: null });
    expect(recordingPath('/recordings/rec_1')).toEqual({ recordingId: 'rec_1' });
    expect(recordingPath('/j/x')).toBeNull();
    const tab = shelf();
    expect(takeToken('#abc', tab)).toBe('abc');
    expect(takeToken('', tab)).toBe('abc');
    expect(takeToken('#a b', null)).toBe('');
  });
});
