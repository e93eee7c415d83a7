import { beforeEach, describe, expect, it } from 'vitest';

import { DOUBT_MS, LayoutTeller } from '@/conductor/layout_teller';
import { Refused, Unanswered } from '@/protocol/errors';
import type { SlotWish } from '@/protocol/messages.gen';
import type { Answer } from '@/protocol/requests';

import { FakeClock } from './fake_clock';

let clock = new FakeClock();
let sent: string[] = [];
let settled = 0;
let open = true;
let answer: () => Promise<Answer> = () => Promise.resolve({ type: 'ack', re: 1 });
let wishes: readonly SlotWish[] = [];
let teller: LayoutTeller;

const wish = (slot: number, track: string, width = 320): SlotWish => ({ slot, track_id: track, width, height: 180 });

function want(...next: SlotWish[]): void {
  wishes = next;
  teller.tell(wishes);
}

beforeEach(() => {
  clock = new FakeClock();
  sent = [];
  settled = 0;
  open = true;
  answer = () => Promise.resolve({ type: 'ack', re: 1 });
  teller = new LayoutTeller({
    send: (message) => {
      if (message.type === 'layout') sent.push(message.slots.map((one) => `${one.slot}${one.track_id ?? ''}${one.width ?? 0}`).join(' '));
      return answer();
    },
    isOpen: () => open,
    later: (ms, run) => void clock.after(ms, run),
    again: () => teller.tell(wishes),
    settled: () => (settled += 1),
  });
});

describe('LayoutTeller', () => {
  it('says the first layout at once, an empty one too, and the same one only once', () => {
    want();
    want();
    want(wish(1, 'a'));
    want(wish(1, 'a'));
    expect(sent).toEqual(['', '1a320']);
  });

  it('says a moved Track at once and a changed size a moment later, once for many', async () => {
    want(wish(1, 'a'));
    for (const width of [330, 340, 350]) want(wish(1, 'a', width));
    expect(sent.length).toBe(1);
    await clock.pass(300);
    expect(sent).toEqual(['1a320', '1a350']);
    want(wish(1, 'b', 350));
    expect(sent.at(-1)).toBe('1b350');
  });

  it('says an emptied slot after a change of size', async () => {
    want(wish(1, 'a'));
    want(wish(1, 'a', 640));
    await clock.pass(300);
    want();
    want(wish(1, 'a', 640));
    expect(sent).toEqual(['1a320', '1a640', '', '1a640']);
  });

  it('tells when doubts are over, also when nothing had to be said', async () => {
    want(wish(1, 'a'));
    await clock.pass(DOUBT_MS + 10);
    expect(settled).toBe(1);
    want(wish(1, 'a'));
    await clock.pass(DOUBT_MS + 10);
    expect(settled).toBe(2);
  });

  it('does not call a layout settled while a newer one is under way', async () => {
    want(wish(1, 'a'));
    await clock.pass(DOUBT_MS - 100);
    answer = () => new Promise(() => undefined);
    want(wish(1, 'b'));
    await clock.pass(10_000);
    expect(settled).toBe(0);
  });

  it('says it again after a refusal and after a reconnect', async () => {
    answer = () => Promise.reject(new Refused('track_unknown', ''));
    want(wish(1, 'a'));
    await clock.pass(10);
    answer = () => Promise.resolve({ type: 'ack', re: 1 });
    await clock.pass(300);
    expect(sent.length).toBe(2);
    answer = () => Promise.reject(new Unanswered('lost'));
    want(wish(1, 'b'));
    open = false;
    await clock.pass(1_000);
    want(wish(1, 'b'));
    expect(sent.length).toBe(3);
    open = true;
    teller.forget();
    want(wish(1, 'b'));
    expect(sent.length).toBe(4);
  });
});
