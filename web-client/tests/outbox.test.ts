import { describe, expect, it } from 'vitest';

import { noAnswer } from '@/classroom/checks';
import type { Outbox, OutboxEvent, Unsent, UnsentAnswer, UnsentChat } from '@/classroom/outbox';
import { emptyOutbox, isFull, nextUnsent, outboxFrom, reduceOutbox, UNSENT_MAX } from '@/classroom/outbox';
import { OutboxSender } from '@/conductor/outbox_sender';
import { keptOf, nothingKept, placeOf, SessionShelf } from '@/conductor/session_shelf';
import type { AppState } from '@/conductor/state';
import { firstState, reduceApp } from '@/conductor/state';
import { Refused, Unanswered } from '@/protocol/errors';
import type { Answer, Outgoing } from '@/protocol/requests';

import { welcomeMessage } from './fake_server';

const chat = (key: string): UnsentChat => ({ kind: 'chat', key, to: 'room', text: key, refused: null, stored: false });
const answer = (key: string, checkId = 'chk_1'): UnsentAnswer => ({ kind: 'answer', key, checkId, answer: { ...noAnswer, text: key }, refused: null });
const put = (...all: Unsent[]): Outbox => all.reduce((outbox, unsent) => reduceOutbox(outbox, { type: 'put', unsent }), emptyOutbox);

describe('outbox', () => {
  it('keeps only the last answer to each question', () => {
    expect(put(answer('a'), answer('b'), answer('c', 'chk_2')).map((one) => one.key)).toEqual(['b', 'c']);
  });

  it('keeps a stored message until it comes back, and a stored answer no longer', () => {
    const outbox = reduceOutbox(reduceOutbox(put(chat('a'), answer('b')), { type: 'stored', key: 'a' }), { type: 'stored', key: 'b' });
    expect(outbox.map((one) => one.key)).toEqual(['a']);
    expect(nextUnsent(outbox)).toBe(null);
    expect(reduceOutbox(outbox, { type: 'seen', keys: new Set(['a']) })).toEqual([]);
  });

  it('passes over what was refused, until the person tries again', () => {
    const refused = reduceOutbox(put(chat('a'), chat('b')), { type: 'refused', key: 'a', code: 'chat_links', text: '' });
    expect(nextUnsent(refused)?.key).toBe('b');
    expect(nextUnsent(reduceOutbox(refused, { type: 'retry', key: 'a' }))?.key).toBe('a');
  });

  it('takes no more than it can keep', () => {
    const full = put(...Array.from({ length: UNSENT_MAX }, (_, i) => chat(`k${i}`)));
    expect(isFull(full)).toBe(true);
    expect(reduceOutbox(full, { type: 'put', unsent: chat('one more') })).toBe(full);
  });

  it('reads back only what has the right shape', () => {
    const kept = JSON.parse(JSON.stringify([...put(chat('a'), answer('b')), { kind: 'chat', key: 7 }, 'x', null, { kind: 'answer', key: 'k', checkId: 'c', answer: {} }])) as unknown;
    expect(outboxFrom(kept).map((one) => one.key)).toEqual(['a', 'b']);
    expect(outboxFrom('nonsense')).toEqual([]);
  });
});

/** A server that answers as it is told, and a clock that only moves when it is asked to. */
class Line {
  outbox: Outbox = emptyOutbox;
  open = true;
  readonly sent: Outgoing[] = [];
  readonly timers: (() => void)[] = [];
  answers: (Error | null)[] = [];
  readonly sender = new OutboxSender({
    send: (message) => {
      this.sent.push(message);
      const error = this.answers.shift() ?? null;
      return error === null ? Promise.resolve({ type: 'ack', re: 1 } satisfies Answer) : Promise.reject(error);
    },
    isInside: () => this.open,
    outbox: () => this.outbox,
    tell: (event: OutboxEvent) => {
      this.outbox = reduceOutbox(this.outbox, event);
    },
    later: (_ms, run) => void this.timers.push(run),
    random: () => 0.5,
  });

  keys(): readonly unknown[] {
    return this.sent.map((one) => ('key' in one ? one.key : null));
  }
}

describe('sending', () => {
  it('sends in order, one at a time, each with its key', async () => {
    const line = new Line();
    line.outbox = put(chat('a'), answer('b'), chat('c'));
    await line.sender.flush();
    expect(line.keys()).toEqual(['a', 'b', 'c']);
    expect(nextUnsent(line.outbox)).toBe(null);
  });

  it('sends the same key again when the store was down or the line broke', async () => {
    for (const error of [new Refused('not_stored', ''), new Unanswered('gone')]) {
      const line = new Line();
      line.outbox = put(answer('a'));
      line.answers = [error];
      await line.sender.flush();
      expect(line.outbox.length).toBe(1);
      line.timers.shift()?.();
      await Promise.resolve();
      await new Promise((done) => setTimeout(done, 0));
      expect(line.keys()).toEqual(['a', 'a']);
      expect(line.outbox).toEqual([]);
    }
  });

  it('gives back what the server refuses for good, and goes on with the rest', async () => {
    const line = new Line();
    line.outbox = put(chat('a'), chat('b'));
    line.answers = [new Refused('chat_links', 'no links')];
    await line.sender.flush();
    expect(line.keys()).toEqual(['a', 'b']);
    expect(line.outbox[0]).toMatchObject({ key: 'a', refused: { code: 'chat_links' } });
  });

  it('sends nothing while the class is out of reach', async () => {
    const line = new Line();
    line.open = false;
    line.outbox = put(chat('a'));
    await line.sender.flush();
    expect(line.sent).toEqual([]);
  });
});

describe('over a reload', () => {
  const shelf = (): { getItem: (key: string) => string | null; setItem: (key: string, value: string) => void; kept: Map<string, string> } => {
    const kept = new Map<string, string>();
    return { kept, getItem: (key) => kept.get(key) ?? null, setItem: (key, value) => void kept.set(key, value) };
  };
  const inRoom = reduceApp(firstState, { type: 'welcome', message: welcomeMessage() });

  it('comes back with what was written and not sent', () => {
    const tab = shelf();
    let state: AppState = reduceApp(inRoom, { type: 'outbox', event: { type: 'put', unsent: chat('a') } });
    state = reduceApp(state, { type: 'draft', text: 'half a sen' });
    state = reduceApp(state, { type: 'answer_draft', checkId: 'chk_1', answer: { ...noAnswer, option_ids: ['o1'] } });
    state = reduceApp(state, { type: 'panel', panel: 'chat' });
    new SessionShelf(tab, 'p1').save(keptOf(state, false));
    const back = reduceApp(firstState, { type: 'kept', kept: new SessionShelf(tab, 'p1').load() });
    expect(back).toMatchObject({ draft: 'half a sen', desk: { panel: 'chat' }, outbox: [{ key: 'a' }] });
    expect(back.answerDrafts.get('chk_1')?.option_ids).toEqual(['o1']);
    expect(new SessionShelf(tab, 'p1').load().inside).toBe(true);
  });

  it('gives nothing of one link to another, and nothing after leaving', () => {
    const tab = shelf();
    new SessionShelf(tab, placeOf('link-one')).save(keptOf(inRoom, false));
    expect(new SessionShelf(tab, placeOf('link-two')).load()).toEqual(nothingKept);
    const left = reduceApp(reduceApp(inRoom, { type: 'draft', text: 'x' }), { type: 'over', code: 'left', text: '' });
    expect(keptOf(left, true)).toMatchObject({ inside: false, draft: '', outbox: [] });
  });

  it('keeps no link on the shelf, and lives without one', () => {
    const tab = shelf();
    new SessionShelf(tab, placeOf('secret-link-token')).save(keptOf(inRoom, false));
    expect([...tab.kept.values()].join()).not.toContain('secret-link-token');
    expect(new SessionShelf(null, 'p').load()).toEqual(nothingKept);
    tab.kept.set('homeroom-class', '{"place":"p","outbox":7,"answers":[[1,2],["c",null]],"panel":"nonsense"}');
    expect(new SessionShelf(tab, 'p').load()).toMatchObject({ outbox: [], panel: null, inside: false });
  });

  it('sends nothing again that had arrived before the reload', () => {
    const before = reduceApp(firstState, { type: 'outbox', event: { type: 'put', unsent: chat('a') } });
    const room = welcomeMessage().room;
    if (room === null) throw new Error('no room');
    const message = { chat_id: 'c', key: 'a', from_id: 'par_me', from_name: 'Mia', from_role: 'student', to: 'room', group_id: null, text: 'a', at_utc: '', edited: false, deleted: false, held: false } as const;
    const back = reduceApp(before, { type: 'welcome', message: welcomeMessage({ room: { ...room, class_: { ...room.class_, chat: [message] } } }) });
    expect(back.outbox).toEqual([]);
  });
});
