/** All that the page knows, as one plain value, and every way it can change. */
import type { Announcement, Announcer, News } from '@/classroom/announce';
import { addNews, silent, takeAnnouncement } from '@/classroom/announce';
import type { Size } from '@/classroom/grid';
import type { Room, RoomEvent } from '@/classroom/room';
import { emptyRoom, reduceRoom } from '@/classroom/room';
import type { LayoutMode, View } from '@/classroom/scene';
import { activeShare } from '@/classroom/scene';
import type { SpeakerChoice } from '@/classroom/speaker_choice';
import { chooseSpeaker, noSpeaker } from '@/classroom/speaker_choice';
import type { ConnectionStatus } from '@/protocol/connection';
import type { Role, SessionDescription, Welcome } from '@/protocol/messages.gen';
import type { JoinDescription } from '@/protocol/ticket';
import type { PathPhase } from '@/rtc/path_health';

import type { Local, LocalAction } from './local_state';
import { firstLocal, reduceLocal } from './local_state';

/**
 * loading → invited → check → entering → room → over; `asking_move` waits for a person's yes; `refused` says why not.
 */
export type Phase = 'loading' | 'invited' | 'check' | 'entering' | 'asking_move' | 'room' | 'over' | 'refused';

export interface Problem {
  readonly code: string;
  readonly text: string;
}

export interface Me {
  readonly participantId: string;
  readonly role: Role;
  readonly displayName: string;
  readonly actions: readonly string[];
}

export interface MediaState {
  /** Grows when the subscribe transport is replaced: elements must take their tracks anew. */
  readonly epoch: number;
  readonly publish: PathPhase | 'none';
  readonly subscribe: PathPhase | 'none';
  readonly soundBlocked: boolean;
  readonly rttMs: number | null;
}

export interface AppState {
  readonly phase: Phase;
  readonly description: JoinDescription | null;
  readonly problem: Problem | null;
  readonly connection: ConnectionStatus;
  readonly online: boolean;
  readonly me: Me | null;
  readonly session: SessionDescription | null;
  readonly room: Room;
  readonly view: View;
  readonly speaker: SpeakerChoice;
  readonly local: Local;
  readonly media: MediaState;
  readonly announcer: Announcer;
  readonly announcement: (Announcement & { readonly id: number }) | null;
  readonly shortcuts: boolean;
  /** Something the server refused inside the room; shown until the person closes it. */
  readonly notice: Problem | null;
}

const firstView: View = {
  layout: 'grid',
  layoutBefore: null,
  page: 0,
  box: { width: 0, height: 0 },
  speakerId: null,
};

const firstMedia: MediaState = { epoch: 0, publish: 'none', subscribe: 'none', soundBlocked: false, rttMs: null };

export const firstState: AppState = {
  phase: 'loading',
  description: null,
  problem: null,
  connection: 'idle',
  online: true,
  me: null,
  session: null,
  room: emptyRoom,
  view: firstView,
  speaker: noSpeaker,
  local: firstLocal,
  media: firstMedia,
  announcer: silent,
  announcement: null,
  shortcuts: true,
  notice: null,
};

export type Action =
  | { readonly type: 'described'; readonly description: JoinDescription }
  | { readonly type: 'phase'; readonly phase: Phase }
  | { readonly type: 'refused'; readonly code: string; readonly text: string }
  | { readonly type: 'over'; readonly code: string; readonly text: string }
  | { readonly type: 'connection'; readonly status: ConnectionStatus }
  | { readonly type: 'online'; readonly online: boolean }
  | { readonly type: 'welcome'; readonly message: Welcome }
  | { readonly type: 'room'; readonly event: RoomEvent; readonly now: number }
  | { readonly type: 'layout'; readonly layout: LayoutMode }
  | { readonly type: 'page'; readonly page: number }
  | { readonly type: 'box'; readonly box: Size }
  | { readonly type: 'local'; readonly action: LocalAction }
  | { readonly type: 'media'; readonly media: Partial<MediaState> }
  | { readonly type: 'news'; readonly news: News }
  | { readonly type: 'announce'; readonly now: number }
  | { readonly type: 'shortcuts'; readonly on: boolean }
  | { readonly type: 'notice'; readonly notice: Problem | null };

export function reduceApp(state: AppState, action: Action): AppState {
  switch (action.type) {
    case 'described':
      return { ...state, description: action.description, phase: 'invited', problem: null };
    case 'phase':
      return { ...state, phase: action.phase, problem: null };
    case 'refused':
      return refused(state, { code: action.code, text: action.text });
    case 'over':
      return { ...left(state), phase: 'over', problem: { code: action.code, text: action.text } };
    case 'connection':
      return withConnection(state, action.status);
    case 'online':
      return { ...state, online: action.online };
    case 'welcome':
      return welcomed(state, action.message);
    case 'room':
      return withRoom(state, action.event, action.now);
    case 'layout':
      return { ...state, view: { ...state.view, layout: action.layout, layoutBefore: null, page: 0 } };
    case 'page':
      return { ...state, view: { ...state.view, page: Math.max(0, action.page) } };
    case 'box':
      return sameSize(state.view.box, action.box) ? state : { ...state, view: { ...state.view, box: action.box } };
    case 'local':
      return { ...state, local: reduceLocal(state.local, action.action) };
    case 'media':
      return withMedia(state, action.media);
    case 'news':
      return { ...state, announcer: addNews(state.announcer, action.news) };
    case 'announce':
      return announced(state, action.now);
    case 'shortcuts':
      return { ...state, shortcuts: action.on };
    case 'notice':
      return { ...state, notice: action.notice };
  }
}

const sameSize = (a: Size, b: Size): boolean => a.width === b.width && a.height === b.height;

function refused(state: AppState, problem: Problem): AppState {
  if (problem.code === 'seat_in_use') return { ...state, phase: 'asking_move', problem };
  return { ...state, phase: 'refused', problem };
}

function left(state: AppState): AppState {
  return { ...state, me: null, room: emptyRoom, media: firstMedia, speaker: noSpeaker, notice: null, view: { ...firstView, box: state.view.box } };
}

function withConnection(state: AppState, status: ConnectionStatus): AppState {
  const lost = state.phase === 'room' && state.connection === 'open' && status !== 'open' && status !== 'closed';
  const announcer = lost ? addNews(state.announcer, { kind: 'reconnecting', name: '' }) : state.announcer;
  return { ...state, connection: status, announcer };
}

function welcomed(state: AppState, message: Welcome): AppState {
  const me: Me = {
    participantId: message.participant_id,
    role: message.role,
    displayName: message.display_name,
    actions: message.actions,
  };
  const back = state.phase === 'room';
  const room = message.room === null ? state.room : reduceRoom(emptyRoom, { type: 'snapshot', room: message.room });
  const announcer = back ? addNews(state.announcer, { kind: 'reconnected', name: '' }) : state.announcer;
  return withShareLayout(
    { ...state, phase: 'room', problem: null, me, session: message.session, room, announcer },
    state.room,
  );
}

function withRoom(state: AppState, event: RoomEvent, now: number): AppState {
  const room = reduceRoom(state.room, event);
  if (room === state.room) return state;
  const selfId = state.me?.participantId ?? '';
  const speaker = event.type === 'speakers' ? chooseSpeaker(state.speaker, room, selfId, now) : state.speaker;
  const view = speaker === state.speaker ? state.view : { ...state.view, speakerId: speaker.participantId };
  const news = newsOf(state, event);
  const announcer = news === null ? state.announcer : addNews(state.announcer, news);
  return withShareLayout({ ...state, room, speaker, view, announcer }, state.room);
}

/** A screen share takes the stage when it begins, and gives it back when it ends, unless the person chose meanwhile. */
function withShareLayout(state: AppState, before: Room): AppState {
  const selfId = state.me?.participantId ?? '';
  const shares = (room: Room): boolean => {
    const share = activeShare(room);
    return share !== null && share.participantId !== selfId;
  };
  const [was, is] = [shares(before), shares(state.room)];
  if (was === is) return state;
  const { view } = state;
  if (is) return { ...state, view: { ...view, layout: 'speaker', layoutBefore: view.layout, page: 0 } };
  return view.layoutBefore === null
    ? state
    : { ...state, view: { ...view, layout: view.layoutBefore, layoutBefore: null, page: 0 } };
}

function newsOf(state: AppState, event: RoomEvent): News | null {
  const selfId = state.me?.participantId;
  const name = (id: string): string => state.room.participants.get(id)?.display_name ?? '';
  switch (event.type) {
    case 'participant':
      if (event.participant.participant_id === selfId) return null;
      if (state.room.participants.has(event.participant.participant_id)) return null;
      return { kind: 'joined', name: event.participant.display_name };
    case 'participant_left':
      return event.participantId === selfId ? null : { kind: 'left', name: name(event.participantId) };
    case 'track':
      if (event.track.source !== 'screen' || event.track.participant_id === selfId) return null;
      return state.room.tracks.has(event.track.track_id) ? null : { kind: 'sharing', name: name(event.track.participant_id) };
    case 'track_closed': {
      const track = state.room.tracks.get(event.trackId);
      if (track?.source !== 'screen' || track.participant_id === selfId) return null;
      return { kind: 'share_ended', name: name(track.participant_id) };
    }
    default:
      return null;
  }
}

function withMedia(state: AppState, change: Partial<MediaState>): AppState {
  const media = { ...state.media, ...change };
  const keys = Object.keys(change) as (keyof MediaState)[];
  return keys.every((key) => media[key] === state.media[key]) ? state : { ...state, media };
}

function announced(state: AppState, now: number): AppState {
  const { announcer, said } = takeAnnouncement(state.announcer, now);
  if (said === null) return state;
  return { ...state, announcer, announcement: { ...said, id: (state.announcement?.id ?? 0) + 1 } };
}
