import { describe, expect, it } from 'vitest';

import { chatFromSnapshot, emptyChat, MESSAGES_MAX, reduceChat } from '@/classroom/chat';
import { checksFromSnapshot, isAnswered, noAnswer, numberOf, openCheck, ownAnswer, percent, reduceChecks } from '@/classroom/checks';
import type { LessonMessage } from '@/classroom/lesson';
import { isAboutClass } from '@/classroom/lesson';
import { addReaction, noReactions, REACTION_MS, withoutOld } from '@/classroom/reactions';
import { answerStateOf } from '@/conductor/answering';
import { barsOf, listedAnswers, wordsOf } from '@/conductor/check_result';
import type { Action, AppState } from '@/conductor/state';
import { firstState, reduceApp } from '@/conductor/state';
import type { ChatMessage, Check, CheckTally, GivenAnswer } from '@/protocol/messages.gen';

import { classSnapshot, welcomeMessage } from './fake_server';

function said(id: string, from = 'par_t', change: Partial<ChatMessage> = {}): ChatMessage {
  return {
    chat_id: id,
    key: `key_${id}`,
    from_id: from,
    from_name: 'Ada',
    from_role: 'instructor',
    to: 'room',
    group_id: null,
    text: id,
    at_utc: '2030-01-01T09:05:00Z',
    edited: false,
    deleted: false,
    held: false,
    ...change,
  };
}

function check(change: Partial<Check> = {}): Check {
  return {
    check_id: 'chk_1',
    key: 'key_q',
    kind: 'single',
    prompt: 'Larger than one half?',
    options: [
      { option_id: 'o1', text: '1/3' },
      { option_id: 'o2', text: '3/4' },
    ],
    material_id: null,
    anonymous: false,
    open: true,
    shared: false,
    round: 1,
    opened_utc: '2030-01-01T09:10:00Z',
    closes_utc: null,
    right: null,
    group_id: null,
    ...change,
  };
}

const answered = (id: string, who: string | null, option: string): GivenAnswer => ({
  check_id: 'chk_1',
  key: id,
  participant_id: who,
  answer: { ...noAnswer, option_ids: [option] },
  correct: null,
  at_utc: '2030-01-01T09:11:00Z',
});

const play = (messages: readonly LessonMessage[], from: AppState): AppState =>
  messages.reduce((state, message) => reduceApp(state, { type: 'lesson', message, now: 1_000 }), from);
const inRoom = (change: Parameters<typeof welcomeMessage>[0] = {}): AppState => reduceApp(firstState, { type: 'welcome', message: welcomeMessage(change) });
const student = inRoom();
const staff = inRoom({ role: 'instructor' });

describe('chat', () => {
  it('shows each message once, however often it comes', () => {
    const once = reduceChat(emptyChat, { type: 'chat_posted', seq: 1, message: said('a') }, 'par_me');
    const twice = reduceChat(once, { type: 'chat_posted', seq: 2, message: said('a') }, 'par_me');
    expect(twice.messages.length).toBe(1);
    expect(twice.unread).toBe(1);
  });

  it('shows a released message to those who had not seen it while it was held', () => {
    const chat = reduceChat(emptyChat, { type: 'chat_changed', seq: 1, message: said('a') }, 'par_me');
    expect(chat.messages.map((one) => one.chat_id)).toEqual(['a']);
  });

  it('counts as new what others said, and nothing while the chat is open', () => {
    const closed = play([{ type: 'chat_posted', seq: 1, message: said('a') }, { type: 'chat_posted', seq: 2, message: said('b', 'par_me') }], student);
    expect(closed.lesson.chat.unread).toBe(1);
    const open = reduceApp(closed, { type: 'panel', panel: 'chat' });
    expect(open.lesson.chat.unread).toBe(0);
    expect(play([{ type: 'chat_posted', seq: 3, message: said('c') }], open).lesson.chat.unread).toBe(0);
  });

  it('counts after a reconnect only what came meanwhile', () => {
    const before = chatFromSnapshot([said('a')], emptyChat.rules, null, 'par_me');
    expect(before.unread).toBe(0);
    expect(chatFromSnapshot([said('a'), said('b'), said('c', 'par_me')], emptyChat.rules, before, 'par_me').unread).toBe(1);
  });

  it('does not grow without end', () => {
    let chat = emptyChat;
    for (let i = 0; i < MESSAGES_MAX + 5; i += 1) chat = reduceChat(chat, { type: 'chat_posted', seq: i, message: said(`m${i}`) }, 'par_me');
    expect(chat.messages.length).toBe(MESSAGES_MAX);
    expect(chat.messages[0]?.chat_id).toBe('m5');
  });
});

describe('questions', () => {
  it('keeps one answer of each person, the last one', () => {
    const checks = [answered('k1', 'par_a', 'o1'), answered('k2', 'par_a', 'o2'), answered('k3', 'par_b', 'o1')].reduce(
      (known, answer) => reduceChecks(known, { type: 'check_answered', seq: 1, answer }),
      checksFromSnapshot({ checks: [check()], answers: [], tallies: [] }),
    );
    expect(checks.answers.size).toBe(2);
    expect(ownAnswer(checks, 'chk_1', 'par_a')?.key).toBe('k2');
  });

  it('finds the own answer of a question without names', () => {
    const checks = checksFromSnapshot({ checks: [check({ anonymous: true })], answers: [answered('k1', null, 'o2')], tallies: [] });
    expect(ownAnswer(checks, 'chk_1', 'par_me')?.key).toBe('k1');
  });

  it('puts the last open question before the student', () => {
    const state = play([{ type: 'check_opened', seq: 1, check: check() }, { type: 'check_opened', seq: 2, check: check({ check_id: 'chk_2' }) }], student);
    expect(openCheck(state.lesson.checks)?.check_id).toBe('chk_2');
    const closed = play([{ type: 'check_changed', seq: 3, check: check({ check_id: 'chk_2', open: false }) }], state);
    expect(openCheck(closed.lesson.checks)?.check_id).toBe('chk_1');
  });

  it('shows a shared result to students until something newer is asked, and never over the staff’s screen', () => {
    const shared: LessonMessage = { type: 'check_changed', seq: 2, check: check({ open: false, shared: true }) };
    const opened: LessonMessage = { type: 'check_opened', seq: 1, check: check() };
    expect(play([opened, shared], student).desk.resultId).toBe('chk_1');
    expect(play([opened, shared], staff).desk.resultId).toBe(null);
    expect(play([opened, shared, { type: 'check_opened', seq: 3, check: check({ check_id: 'chk_2' }) }], student).desk.resultId).toBe(null);
    expect(play([opened, shared, { type: 'check_changed', seq: 3, check: check({ open: false }) }], student).desk.resultId).toBe(null);
  });

  it('knows when an answer is enough of one', () => {
    expect(isAnswered(check(), noAnswer)).toBe(false);
    expect(isAnswered(check(), { ...noAnswer, option_ids: ['o1'] })).toBe(true);
    expect(isAnswered(check({ kind: 'short_text' }), { ...noAnswer, text: '  ' })).toBe(false);
    expect(isAnswered(check({ kind: 'number' }), { ...noAnswer, number: 0 })).toBe(true);
  });

  it('reads numbers as people write them', () => {
    expect(numberOf(' 3,5 ')).toBe(3.5);
    expect(numberOf('-.5')).toBe(-0.5);
    expect(numberOf('1 000')).toBe(1000);
    expect(numberOf('3,')).toBe(3);
    for (const wrong of ['', '-', '1.2.3', 'abc', '0x10', 'Infinity', '1e999']) expect(numberOf(wrong), wrong).toBe(null);
  });

  it('says how the own answer stands', () => {
    const given = answered('k1', 'par_me', 'o1');
    const unsent = { kind: 'answer', key: 'k2', checkId: 'chk_1', answer: noAnswer, refused: null } as const;
    expect(answerStateOf(null, null, null, true)).toBe('none');
    expect(answerStateOf(null, unsent, null, true)).toBe('sending');
    expect(answerStateOf(null, unsent, null, false)).toBe('kept');
    expect(answerStateOf(noAnswer, null, given, true)).toBe('changed');
    expect(answerStateOf(null, null, given, true)).toBe('stored');
    expect(answerStateOf(null, { ...unsent, refused: { code: 'check_closed', text: '' } }, given, true)).toBe('refused');
  });
});

describe('results', () => {
  const tally: CheckTally = {
    check_id: 'chk_1',
    asked: 4,
    answered: 3,
    correct: 2,
    counts: [
      { option_id: 'o1', count: 1 },
      { option_id: 'o2', count: 2 },
    ],
    numbers: [],
    texts: [],
  };

  it('draws each option, with its share of the answers and what is right', () => {
    const bars = barsOf(check({ right: { option_ids: ['o2'], number: null, tolerance: 0, texts: [] } }), tally);
    expect(bars.map((one) => [one.count, one.percent, one.right])).toEqual([
      [1, 33, false],
      [2, 67, true],
    ]);
    expect(percent(1, 0)).toBe(0);
  });

  it('names nobody in a question without names', () => {
    const checks = checksFromSnapshot({ checks: [], answers: [{ ...answered('k1', 'par_a', 'o1'), answer: { ...noAnswer, text: 'mine' } }], tallies: [] });
    const texts: CheckTally = { ...tally, answered: 1, counts: [], texts: ['mine'] };
    const open = check({ kind: 'short_text', options: [] });
    expect(listedAnswers(open, texts, checks, () => 'Sam')[0]).toMatchObject({ name: 'Sam', words: 'mine' });
    expect(listedAnswers({ ...open, anonymous: true }, texts, checks, () => 'Sam')[0]).toMatchObject({ name: null, words: 'mine' });
  });

  it('says an answer in words', () => {
    expect(wordsOf(check(), { ...noAnswer, option_ids: ['o2'] }, { true: 'yes', false: 'no' })).toBe('3/4');
    expect(wordsOf(check({ kind: 'true_false' }), { ...noAnswer, option_ids: ['false'] }, { true: 'yes', false: 'no' })).toBe('no');
    expect(wordsOf(check({ kind: 'number' }), { ...noAnswer, number: 0.75 }, { true: '', false: '' })).toBe('0.75');
  });
});

describe('the door', () => {
  const waits = inRoom({ room: { participants: [], tracks: [], mappings: [], recording: 'off', paused_slots: [], class_: classSnapshot({ waiting: 'no_instructor' }) } });

  it('keeps whoever waits out of the room until it opens', () => {
    expect(waits.phase).toBe('waiting');
    const action: Action = { type: 'admitted', message: { type: 'admitted', seq: 11, actions: ['chat'], room: { participants: [], tracks: [], mappings: [], recording: 'off', paused_slots: [], class_: classSnapshot() } } };
    const inside = reduceApp(waits, action);
    expect(inside.phase).toBe('room');
    expect(inside.me?.actions).toEqual(['chat']);
  });

  it('sends back to the waiting room, and a resume stays there', () => {
    const back = play([{ type: 'waiting', seq: 11, reason: 'unsupervised' }], student);
    expect(back).toMatchObject({ phase: 'waiting', lesson: { waiting: 'unsupervised' } });
    expect(reduceApp(back, { type: 'welcome', message: welcomeMessage({ resumed: true, room: null }) }).phase).toBe('waiting');
  });
});

describe('what staff do', () => {
  it('changes what one may do and who one is', () => {
    const state = play([{ type: 'actions', seq: 11, role: 'assistant', actions: ['admit'] }], student);
    expect(state.me).toMatchObject({ role: 'assistant', actions: ['admit'] });
  });

  it('gives the stage to a person shown to all and takes it back', () => {
    const shown = play([{ type: 'spotlighted', seq: 11, participant_id: 'par_x' }], student);
    expect(shown.view).toMatchObject({ layout: 'speaker', spotlightId: 'par_x' });
    expect(play([{ type: 'spotlighted', seq: 12, participant_id: null }], shown).view.layout).toBe('grid');
  });

  it('leaves the layout alone for whoever is shown', () => {
    expect(play([{ type: 'spotlighted', seq: 11, participant_id: 'par_me' }], student).view.layout).toBe('grid');
  });
});

describe('announcements of the class', () => {
  const kinds = (state: AppState): readonly string[] => state.announcer.waiting.map((one) => one.kind);

  it('say hands, and one’s own hand that others lowered', () => {
    const up = play([{ type: 'hands', seq: 1, order: [{ participant_id: 'par_me', since_utc: '' }] }], student);
    expect(kinds(up)).toEqual(['hand_own']);
    expect(kinds(play([{ type: 'hands', seq: 2, order: [] }], up))).toEqual(['hand_own', 'hand_lowered']);
  });

  it('say questions to students and not to whoever asks', () => {
    const opened: LessonMessage = { type: 'check_opened', seq: 1, check: check() };
    expect(kinds(play([opened], student))).toEqual(['check_opened']);
    expect(kinds(play([opened], staff))).toEqual([]);
  });

  it('tell a private word from one to all, and say nothing of one’s own', () => {
    expect(kinds(play([{ type: 'chat_posted', seq: 1, message: said('a', 'par_t', { to: 'par_me' }) }], student))).toEqual(['chat_private']);
    expect(kinds(play([{ type: 'chat_posted', seq: 1, message: said('a') }], student))).toEqual(['chat']);
    expect(kinds(play([{ type: 'chat_posted', seq: 1, message: said('a', 'par_me') }], student))).toEqual([]);
  });
});

describe('reactions', () => {
  it('stand for a moment', () => {
    const reactions = addReaction(noReactions, 'par_a', 'clap', 1_000);
    expect(withoutOld(reactions, 1_000 + REACTION_MS - 1)).toBe(reactions);
    expect(withoutOld(reactions, 1_000 + REACTION_MS).size).toBe(0);
  });
});

describe('the wire', () => {
  it('tells what is about the class from the rest', () => {
    expect(isAboutClass({ type: 'hands' })).toBe(true);
    expect(isAboutClass({ type: 'track_published' })).toBe(false);
    expect(isAboutClass({ type: 'toString' })).toBe(false);
  });
});
