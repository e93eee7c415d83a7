import { describe, expect, it } from 'vitest';

import type { Action, AppState } from '@/conductor/state';
import { firstState, reduceApp } from '@/conductor/state';
import { plain } from '@/conductor/test_hook';
import type { Participant, Track } from '@/protocol/messages.gen';

import { welcomeMessage } from './fake_server';

const play = (actions: readonly Action[], from: AppState = firstState): AppState => actions.reduce(reduceApp, from);
const teacher: Participant = { participant_id: 'par_t', display_name: 'Ada', role: 'instructor', presence: 'here' };
const screen: Track = { track_id: 'trk_1', participant_id: 'par_t', source: 'screen', kind: 'video', muted: false, layers: 2, content_hint: 'text' };
const inRoom = play([{ type: 'welcome', message: welcomeMessage() }]);
const room = (event: Extract<Action, { type: 'room' }>['event'], now = 0): Action => ({ type: 'room', event, now });

describe('phases', () => {
  it('asks before it moves', () => {
    expect(play([{ type: 'refused', code: 'seat_in_use', text: '' }]).phase).toBe('asking_move');
  });

  it('says why not', () => {
    const state = play([{ type: 'refused', code: 'room_full', text: 'full' }]);
    expect(state).toMatchObject({ phase: 'refused', problem: { code: 'room_full' } });
  });

  it('stays in the room while it reconnects', () => {
    const state = play([{ type: 'connection', status: 'open' }, { type: 'connection', status: 'waiting' }], inRoom);
    expect(state.phase).toBe('room');
    expect(state.announcer.waiting).toEqual([{ kind: 'reconnecting', name: '' }]);
  });

  it('leaves nothing of the class behind at its end', () => {
    const state = play([room({ type: 'participant', participant: teacher }), { type: 'over', code: 'ended', text: '' }], inRoom);
    expect(state).toMatchObject({ phase: 'over', me: null, problem: { code: 'ended' } });
    expect(state.room.participants.size).toBe(0);
  });

  it('keeps the room when a connection resumes', () => {
    const state = play(
      [room({ type: 'participant', participant: teacher }), { type: 'welcome', message: welcomeMessage({ resumed: true, room: null }) }],
      inRoom,
    );
    expect(state.room.participants.has('par_t')).toBe(true);
  });
});

describe('layout', () => {
  const shared = play([room({ type: 'participant', participant: teacher }), room({ type: 'track', track: screen })], inRoom);

  it('gives the stage to a screen share and takes it back', () => {
    expect(shared.view.layout).toBe('speaker');
    expect(play([room({ type: 'track_closed', trackId: 'trk_1' })], shared).view.layout).toBe('grid');
  });

  it('leaves the layout that the person chose meanwhile', () => {
    const chosen = play([{ type: 'layout', layout: 'grid' }, { type: 'layout', layout: 'speaker' }], shared);
    expect(play([room({ type: 'track_closed', trackId: 'trk_1' })], chosen).view.layout).toBe('speaker');
  });
});

describe('announcements', () => {
  it('gathers arrivals into one sentence and spaces sentences', () => {
    const arrivals = ['a', 'b', 'c'].map((id) => room({ type: 'participant', participant: { ...teacher, participant_id: id, display_name: id } }));
    const first = play([...arrivals, { type: 'announce', now: 10_000 }], inRoom);
    expect(first.announcement).toMatchObject({ kind: 'joined', name: 'a', others: 2 });
    const soon = play([room({ type: 'participant_left', participantId: 'a' }), { type: 'announce', now: 11_000 }], first);
    expect(soon.announcement?.kind).toBe('joined');
    expect(play([{ type: 'announce', now: 13_100 }], soon).announcement).toMatchObject({ kind: 'left', name: 'a' });
  });

  it('says nothing about a change of presence', () => {
    const state = play(
      [room({ type: 'participant', participant: teacher }), room({ type: 'participant', participant: { ...teacher, presence: 'away' } })],
      inRoom,
    );
    expect(state.announcer.waiting.length).toBe(1);
  });
});

describe('the test hook', () => {
  it('shows the whole state as plain values', () => {
    const shown = JSON.parse(JSON.stringify(plain(play([room({ type: 'participant', participant: teacher })], inRoom)))) as {
      room: { participants: Record<string, Participant> };
    };
    expect(shown.room.participants['par_t']?.display_name).toBe('Ada');
  });
});
