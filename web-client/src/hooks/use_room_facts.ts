import type { LayoutMode } from '@/classroom/scene';
import type { Local } from '@/conductor/local_state';
import type { PersonRow } from '@/conductor/people';
import { peopleOf, samePeople } from '@/conductor/people';
import type { AppState, Problem } from '@/conductor/state';
import { may } from '@/conductor/views';

import { sameFields, useApp } from './conductor_context';

export type RoomStatus = 'none' | 'offline' | 'reconnecting' | 'media';

export interface RoomFacts {
  readonly title: string;
  readonly people: number;
  readonly observer: boolean;
  readonly local: Local;
  readonly layout: LayoutMode;
  readonly mayMic: boolean;
  readonly mayCamera: boolean;
  readonly mayShare: boolean;
  readonly shortcuts: boolean;
  readonly soundBlocked: boolean;
  readonly status: RoomStatus;
  readonly notice: Problem | null;
}

export function statusOf(state: AppState): RoomStatus {
  if (!state.online) return 'offline';
  if (state.connection !== 'open') return 'reconnecting';
  // `starting` is the first second of a class, and `suspect` mostly heals: neither is worth a word.
  const troubled = [state.media.publish, state.media.subscribe].some((one) => one === 'restarting' || one === 'replacing');
  return troubled ? 'media' : 'none';
}

function factsOf(state: AppState): RoomFacts {
  return {
    title: state.session?.title ?? '',
    people: state.room.participants.size,
    observer: state.me?.role === 'observer',
    local: state.local,
    layout: state.view.layout,
    mayMic: may(state, 'publish_mic'),
    mayCamera: may(state, 'publish_camera'),
    mayShare: may(state, 'publish_screen'),
    shortcuts: state.shortcuts,
    soundBlocked: state.media.soundBlocked,
    status: statusOf(state),
    notice: state.notice,
  };
}

export const useRoomFacts = (): RoomFacts => useApp(factsOf, sameFields);

export const usePeople = (): readonly PersonRow[] => useApp(peopleOf, samePeople);
