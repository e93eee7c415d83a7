/** What the staff or the server did to one's own Tracks: the page follows at once, and says so. */
import type { RoomMessage } from '@/protocol/connection';
import type { Source } from '@/protocol/messages.gen';

import type { LocalMedia } from './local_media';
import type { Publishing } from './publishing';
import type { Action, AppState } from './state';
import type { Store } from './store';
import { may } from './views';

type OwnSwitches = Pick<LocalMedia, 'setMic' | 'setCamera' | 'stopShare'>;

export interface OwnTracksDeps {
  readonly store: Store<AppState, Action>;
  readonly publishing: Pick<Publishing, 'serverMuted' | 'serverClosed'>;
  readonly local: OwnSwitches;
}

/** Reads what is said of Tracks; to be called before the Room forgets a closed one. */
export function heedOwnTracks({ store, publishing, local }: OwnTracksDeps, message: RoomMessage): void {
  const state = store.get();
  const selfId = state.me?.participantId;
  if (message.type === 'track_changed') {
    const { track } = message;
    if (track.participant_id !== selfId || !publishing.serverMuted(track.source, track.muted) || !track.muted) return;
    switchOff(local, track.source);
    store.dispatch({ type: 'notice', notice: { code: `by_staff_${track.source}`, text: '' } });
  } else if (message.type === 'track_closed' && message.by_staff) {
    const track = state.room.tracks.get(message.track_id);
    if (track?.participant_id !== selfId || track === undefined || !publishing.serverClosed(track.source, track.track_id)) return;
    switchOff(local, track.source);
    store.dispatch({ type: 'notice', notice: { code: `by_staff_${track.source}`, text: '' } });
  }
}

/** A permission was taken: what may no longer be sent goes off, so that nobody believes to be heard. */
export function heedActions({ store, local }: OwnTracksDeps): void {
  const state = store.get();
  if (state.local.mic.on && !may(state, 'publish_mic')) switchOff(local, 'mic');
  if (state.local.camera.on && !may(state, 'publish_camera')) switchOff(local, 'camera');
  if (state.local.screen.on && !may(state, 'publish_screen')) switchOff(local, 'screen');
}

function switchOff(local: OwnSwitches, source: Source): void {
  if (source === 'mic') void local.setMic(false);
  else if (source === 'camera') void local.setCamera(false);
  else void local.stopShare();
}
