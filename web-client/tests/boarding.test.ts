import { beforeEach, describe, expect, it } from 'vitest';

import type { Drawn } from '@/classroom/board_elements';
import { Boarding, RETRY_MS, UPDATE_EVERY_MS } from '@/conductor/boarding';
import { Refused, Unanswered } from '@/protocol/errors';
import { ELEMENTS_PER_UPDATE_MAX } from '@/protocol/messages.gen';
import type { Answer, Outgoing } from '@/protocol/requests';

import { FakeClock } from './fake_clock';

type Update = Extract<Outgoing, { type: 'board_update' }>;

let clock = new FakeClock();
let sent: Outgoing[] = [];
let notices: string[] = [];
let open = true;
let answer: () => Promise<Answer> = () => Promise.resolve({ type: 'ack', re: 1 });
let boarding: Boarding;

const element = (id: string, version = 1, more: object = {}): Drawn => ({ id, version, versionNonce: 1, type: 'line', ...more });
const updates = (): Update[] => sent.filter((one): one is Update => one.type === 'board_update');
const drawnIn = (update: Update | undefined): string[] => (update?.elements ?? []).map((one) => `${String(one['id'])}${String(one['version'])}`);

beforeEach(() => {
  clock = new FakeClock();
  sent = [];
  notices = [];
  open = true;
  answer = () => Promise.resolve({ type: 'ack', re: 1 });
  let keys = 0;
  boarding = new Boarding({
    send: (message) => {
      sent.push(message);
      return answer();
    },
    isOpen: () => open,
    later: (ms, run) => void clock.after(ms, run),
    now: () => clock.now(),
    newKey: () => `key-${++keys}`,
    notice: (code) => notices.push(code),
  });
});

describe('drawing', () => {
  it('sends the first stroke at once and then at most a few batches a second', async () => {
    for (let version = 1; version <= 100; version += 1) {
      boarding.draw('p1', [element('a', version)]);
      await clock.pass(10);
    }
    await clock.pass(UPDATE_EVERY_MS);
    expect(updates().length).toBeGreaterThanOrEqual(1000 / UPDATE_EVERY_MS);
    expect(updates().length).toBeLessThanOrEqual(1000 / UPDATE_EVERY_MS + 2);
    expect(drawnIn(updates().at(-1))).toEqual(['a100']);
    expect(new Set(updates().map((one) => one.key)).size).toBe(updates().length);
    expect(boarding.settled).toBe(true);
  });

  it('splits what is too much for one message', async () => {
    const many = Array.from({ length: ELEMENTS_PER_UPDATE_MAX + 50 }, (_, at) => element(`e${at}`));
    boarding.draw('p1', many);
    await clock.pass(500);
    expect(updates().map((one) => one.elements.length)).toEqual([ELEMENTS_PER_UPDATE_MAX, 50]);
    boarding.draw('p2', [1, 2, 3].map((at) => element(`big${at}`, 1, { text: 'x'.repeat(90_000) })));
    await clock.pass(4 * UPDATE_EVERY_MS);
    expect(updates().slice(2).map((one) => one.elements.length)).toEqual([1, 1, 1]);
  });

  it('sends a stroke with no more digits than anybody sees', async () => {
    boarding.draw('p1', [element('a', 1, { points: [[0, 0], [10.123456, 7.98]], pressures: [0.123456] })]);
    await clock.pass(UPDATE_EVERY_MS);
    expect(updates()[0]?.elements[0]).toMatchObject({ points: [[0, 0], [10.1, 8]], pressures: [0.12] });
  });

  it('sends nothing for what came from others or is known already', async () => {
    boarding.said({ type: 'board_elements', seq: 1, page_id: 'p1', by_participant_id: 'par_b', elements: [element('a', 3)], whole: false });
    boarding.draw('p1', [element('a', 3)]);
    await clock.pass(500);
    expect(sent).toEqual([]);
  });

  it('keeps strokes while the network is away and sends the newest state after it', async () => {
    open = false;
    boarding.draw('p1', [element('a', 1)]);
    boarding.draw('p1', [element('a', 2), element('b', 1)]);
    await clock.pass(5_000);
    expect(sent).toEqual([]);
    open = true;
    boarding.resumed();
    await clock.pass(500);
    expect(updates().map(drawnIn)).toEqual([['a2', 'b1']]);
  });

  it('tries again when it was not stored or the answer was lost, without losing a newer state', async () => {
    answer = () => Promise.reject(new Refused('not_stored', ''));
    boarding.draw('p1', [element('a', 1), element('b', 1)]);
    await clock.pass(50);
    answer = () => Promise.reject(new Unanswered('lost'));
    await clock.pass(RETRY_MS);
    boarding.draw('p1', [element('a', 2)]);
    answer = () => Promise.resolve({ type: 'ack', re: 1 });
    await clock.pass(3 * RETRY_MS);
    expect(updates().length).toBeGreaterThan(2);
    expect(drawnIn(updates().at(-1)).sort()).toEqual(['a2', 'b1']);
    expect(notices).toEqual([]);
    expect(boarding.settled).toBe(true);
  });

  it('takes back what is refused for good, says why, and asks for what is true', async () => {
    answer = () => Promise.reject(new Refused('board_closed', ''));
    boarding.draw('p1', [element('a', 1)]);
    await clock.pass(50);
    answer = () => Promise.resolve({ type: 'ack', re: 1 });
    await clock.pass(5_000);
    expect(notices).toEqual(['board_closed']);
    expect(updates().length).toBe(1);
    expect(sent.at(-1)).toMatchObject({ type: 'board_read', page_id: 'p1' });
    expect(boarding.store.get()).toMatchObject({ resets: 1 });
    expect(boarding.store.get().pages.get('p1')?.has('a') ?? false).toBe(false);
  });
});

describe('pages', () => {
  it('asks once for what it does not have', async () => {
    boarding.need('p1');
    boarding.need('p1');
    expect(sent.length).toBe(1);
    boarding.said({ type: 'board_elements', seq: 1, page_id: 'p1', by_participant_id: null, elements: [element('a')], whole: true });
    boarding.need('p1');
    await clock.pass(10);
    expect(sent.length).toBe(1);
  });

  it('points at most ten times a second, and stops pointing at once', () => {
    for (let at = 0; at < 20; at += 1) boarding.point('p1', { x: at, y: 0 });
    boarding.point('p1', null);
    expect(sent).toEqual([
      { type: 'board_pointer', page_id: 'p1', x: 0, y: 0 },
      { type: 'board_pointer', page_id: 'p1', x: null, y: null },
    ]);
  });
});
