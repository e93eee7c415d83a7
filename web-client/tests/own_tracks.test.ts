import { describe, expect, it } from 'vitest';

import type { OwnTracksDeps } from '@/conductor/own_tracks';
import { heedActions, heedOwnTracks } from '@/conductor/own_tracks';
import { firstState, reduceApp } from '@/conductor/state';
import { Store } from '@/conductor/store';
import type { Track } from '@/protocol/messages.gen';

import { welcomeMessage } from './fake_server';

const track = (change: Partial<Track> = {}): Track => ({
  track_id: 'trk_mic',
  participant_id: 'par_me',
  source: 'mic',
  kind: 'audio',
  muted: true,
  layers: 1,
  content_hint: '',
  ...change,
});

/** A page in class with one mic Track; `surprised`: the server's word is not the echo of our own. */
function page(surprised: boolean): { deps: OwnTracksDeps; pressed: string[] } {
  const store = new Store(reduceApp, firstState);
  store.dispatch({ type: 'welcome', message: welcomeMessage() });
  store.dispatch({ type: 'room', event: { type: 'track', track: track({ muted: false }) }, now: 0 });
  const pressed: string[] = [];
  const press = (what: string): Promise<void> => {
    pressed.push(what);
    return Promise.resolve();
  };
  const local = { setMic: () => press('mic'), setCamera: () => press('camera'), stopShare: () => press('screen') };
  return { deps: { store, publishing: { serverMuted: () => surprised, serverClosed: () => surprised }, local }, pressed };
}

describe('what staff do to one’s own Tracks', () => {
  it('switches the microphone off on the page too, and says who did it', () => {
    const { deps, pressed } = page(true);
    heedOwnTracks(deps, { type: 'track_changed', seq: 1, track: track() });
    expect(pressed).toEqual(['mic']);
    expect(deps.store.get().notice?.code).toBe('by_staff_mic');
  });

  it('is deaf to the echo of one’s own press and to the Tracks of others', () => {
    const own = page(false);
    heedOwnTracks(own.deps, { type: 'track_changed', seq: 1, track: track() });
    const others = page(true);
    heedOwnTracks(others.deps, { type: 'track_changed', seq: 1, track: track({ participant_id: 'par_x' }) });
    expect([...own.pressed, ...others.pressed]).toEqual([]);
  });

  it('never switches anything on', () => {
    const { deps, pressed } = page(true);
    heedOwnTracks(deps, { type: 'track_changed', seq: 1, track: track({ muted: false }) });
    expect(pressed).toEqual([]);
  });

  it('ends what the server closed', () => {
    const { deps, pressed } = page(true);
    heedOwnTracks(deps, { type: 'track_closed', seq: 1, track_id: 'trk_mic', by_staff: true });
    heedOwnTracks(deps, { type: 'track_closed', seq: 2, track_id: 'trk_unknown', by_staff: true });
    expect(pressed).toEqual(['mic']);
  });

  it('goes on with what ended together with its transport', () => {
    const { deps, pressed } = page(true);
    heedOwnTracks(deps, { type: 'track_closed', seq: 1, track_id: 'trk_mic', by_staff: false });
    expect(pressed).toEqual([]);
  });

  it('goes off with the permission', () => {
    const { deps, pressed } = page(true);
    deps.store.dispatch({ type: 'local', action: { type: 'outlet', source: 'mic', change: { on: true } } });
    deps.store.dispatch({ type: 'local', action: { type: 'outlet', source: 'camera', change: { on: true } } });
    deps.store.dispatch({ type: 'lesson', now: 0, message: { type: 'actions', seq: 1, role: 'student', actions: ['publish_camera'] } });
    heedActions(deps);
    expect(pressed).toEqual(['mic']);
  });
});
