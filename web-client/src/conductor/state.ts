/** All that the page knows, as one plain value, and every way it can change. */
import type { Announcement, Announcer, News } from '@/classroom/announce';
import { addNews, silent, takeAnnouncement } from '@/classroom/announce';
import type { Desk, PanelName } from '@/classroom/desk';
import { firstDesk } from '@/classroom/desk';
import type { Size } from '@/classroom/grid';
import type { Room, RoomEvent } from '@/classroom/room';
import { emptyRoom, reduceRoom } from '@/classroom/room';
import type { Lesson, LessonMessage } from '@/classroom/lesson';
import { emptyLesson, lessonFromSnapshot } from '@/classroom/lesson';
import type { Outbox, OutboxEvent } from '@/classroom/outbox';
import { emptyOutbox, reduceOutbox } from '@/classroom/outbox';
import { withoutOld } from '@/classroom/reactions';
import type { LayoutMode, View } from '@/classroom/scene';
import { activeShare } from '@/classroom/scene';
import type { SpeakerChoice } from '@/classroom/speaker_choice';
import { chooseSpeaker, noSpeaker } from '@/classroom/speaker_choice';
import type { ConnectionStatus } from '@/protocol/connection';
import type { Admitted, Answer, PulseValue, Role, RoomSnapshot, SessionDescription, Welcome } from '@/protocol/messages.gen';
import type { JoinDescription } from '@/protocol/ticket';
import type { PathPhase } from '@/rtc/path_health';

import { withChatRead, withLesson, withoutKnown } from './lesson_state';
import type { Local, LocalAction } from './local_state';
import { firstLocal, reduceLocal } from './local_state';
import type { Kept } from './session_shelf';

/**
 * loading → invited → check → entering → waiting → room → over; `asking_move` waits for a person's yes; `refused` says why
 * not. `waiting` is the waiting room, which one may skip, and to which a class without an instructor may come back.
 */
export type Phase = 'loading' | 'invited' | 'check' | 'entering' | 'asking_move' | 'waiting' | 'room' | 'over' | 'refused';

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
  readonly desk: Desk;
  readonly lesson: Lesson;
  /** Said and answered, not yet stored by the server. */
  readonly outbox: Outbox;
  /** What is being written in the chat. */
  readonly draft: string;
  /** Answers that were begun and not given. */
  readonly answerDrafts: ReadonlyMap<string, Answer>;
  readonly speaker: SpeakerChoice;
  readonly local: Local;
  readonly media: MediaState;
  readonly announcer: Announcer;
  readonly announcement: (Announcement & { readonly id: number }) | null;
  readonly shortcuts: boolean;
  /** How far the server's clock is ahead of this device's: countdowns go by the server's. */
  readonly aheadMs: number;
  /** Something the server refused inside the room; shown until the person closes it. */
  readonly notice: Problem | null;
}

const firstView: View = {
  layout: 'grid',
  layoutBefore: null,
  page: 0,
  box: { width: 0, height: 0 },
  speakerId: null,
  spotlightId: null,
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
  desk: firstDesk,
  lesson: emptyLesson,
  outbox: emptyOutbox,
  draft: '',
  answerDrafts: new Map(),
  speaker: noSpeaker,
  local: firstLocal,
  media: firstMedia,
  announcer: silent,
  announcement: null,
  shortcuts: true,
  aheadMs: 0,
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
  | { readonly type: 'admitted'; readonly message: Admitted }
  | { readonly type: 'lesson'; readonly message: LessonMessage; readonly now: number }
  | { readonly type: 'outbox'; readonly event: OutboxEvent }
  | { readonly type: 'kept'; readonly kept: Kept }
  | { readonly type: 'draft'; readonly text: string }
  | { readonly type: 'answer_draft'; readonly checkId: string; readonly answer: Answer | null }
  | { readonly type: 'own_pulse'; readonly value: PulseValue | null }
  | { readonly type: 'unmute_ask_closed' }
  | { readonly type: 'help_seen' }
  | { readonly type: 'result_seen' }
  | { readonly type: 'clock'; readonly aheadMs: number }
  | { readonly type: 'room'; readonly event: RoomEvent; readonly now: number }
  | { readonly type: 'layout'; readonly layout: LayoutMode }
  | { readonly type: 'page'; readonly page: number }
  | { readonly type: 'box'; readonly box: Size }
  | { readonly type: 'panel'; readonly panel: PanelName | null }
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
    case 'admitted':
      return admitted(state, action.message);
    case 'lesson':
      return withLessonNews(state, action.message, action.now);
    case 'outbox':
      return { ...state, outbox: reduceOutbox(state.outbox, action.event) };
    case 'kept':
      return { ...state, outbox: action.kept.outbox, draft: action.kept.draft, answerDrafts: action.kept.answers, desk: { ...firstDesk, panel: action.kept.panel } };
    case 'draft':
      return { ...state, draft: action.text };
    case 'answer_draft':
      return withAnswerDraft(state, action.checkId, action.answer);
    case 'own_pulse':
      return { ...state, lesson: { ...state.lesson, pulse: { ...state.lesson.pulse, own: action.value } } };
    case 'unmute_ask_closed':
      return { ...state, lesson: { ...state.lesson, unmuteAsked: null } };
    case 'help_seen':
      return { ...state, lesson: { ...state.lesson, helpRequests: [] } };
    case 'clock':
      return { ...state, aheadMs: action.aheadMs };
    case 'result_seen':
      return { ...state, desk: { ...state.desk, resultId: null } };
    case 'room':
      return withRoom(state, action.event, action.now);
    case 'layout':
      return { ...state, view: { ...state.view, layout: action.layout, layoutBefore: null, page: 0 } };
    case 'page':
      return { ...state, view: { ...state.view, page: Math.max(0, action.page) } };
    case 'box':
      return sameSize(state.view.box, action.box) ? state : { ...state, view: { ...state.view, box: action.box } };
    case 'panel':
      return withPanel(state, action.panel);
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
  return {
    ...state,
    me: null,
    room: emptyRoom,
    lesson: emptyLesson,
    outbox: emptyOutbox,
    draft: '',
    answerDrafts: new Map(),
    desk: firstDesk,
    media: firstMedia,
    speaker: noSpeaker,
    notice: null,
    view: { ...firstView, box: state.view.box },
  };
}

function withPanel(state: AppState, panel: PanelName | null): AppState {
  const next = { ...state, desk: { ...state.desk, panel } };
  return panel === 'chat' ? withChatRead(next) : next;
}

function withAnswerDraft(state: AppState, checkId: string, answer: Answer | null): AppState {
  const answerDrafts = new Map(state.answerDrafts);
  if (answer === null) answerDrafts.delete(checkId);
  else answerDrafts.set(checkId, answer);
  return { ...state, answerDrafts };
}

function withConnection(state: AppState, status: ConnectionStatus): AppState {
  const lost = (state.phase === 'room' || state.phase === 'waiting') && state.connection === 'open' && status !== 'open' && status !== 'closed';
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
  const back = state.phase === 'room' || state.phase === 'waiting';
  const announcer = back ? addNews(state.announcer, { kind: 'reconnected', name: '' }) : state.announcer;
  const next: AppState = { ...state, problem: null, me, session: message.session, announcer };
  // Resumed: what was missed follows, and the phase with it.
  if (message.room === null) return { ...next, phase: state.lesson.waiting === null ? 'room' : 'waiting' };
  return withWholeRoom(next, message.room);
}

/** The door opened: all of the Room, and what one may do in it. */
function admitted(state: AppState, message: Admitted): AppState {
  const me = state.me === null ? null : { ...state.me, actions: message.actions };
  return withWholeRoom({ ...state, me }, message.room);
}

function withWholeRoom(state: AppState, snapshot: RoomSnapshot): AppState {
  const lesson = lessonFromSnapshot(state.lesson, snapshot.class_, state.me?.participantId ?? '');
  const room = reduceRoom(emptyRoom, { type: 'snapshot', room: snapshot });
  const view = { ...state.view, spotlightId: lesson.spotlight };
  const next = withoutKnown({ ...state, phase: lesson.waiting === null ? 'room' : 'waiting', room, lesson, view });
  return withStageLayout(next.desk.panel === 'chat' ? withChatRead(next) : next, stageTaken(state));
}

function withRoom(state: AppState, event: RoomEvent, now: number): AppState {
  const room = reduceRoom(state.room, event);
  if (room === state.room) return state;
  const selfId = state.me?.participantId ?? '';
  const speaker = event.type === 'speakers' ? chooseSpeaker(state.speaker, room, selfId, now) : state.speaker;
  const view = speaker === state.speaker ? state.view : { ...state.view, speakerId: speaker.participantId };
  const news = newsOf(state, event);
  const announcer = news === null ? state.announcer : addNews(state.announcer, news);
  return withStageLayout({ ...state, room, speaker, view, announcer }, stageTaken(state));
}

/**
 * A screen share, or a person whom the staff show to all, takes the stage when it begins, and gives it back when it ends,
 * unless the person chose meanwhile.
 */
function withStageLayout(state: AppState, was: boolean): AppState {
  const is = stageTaken(state);
  const { view } = state;
  if (was === is) return state;
  if (is) return { ...state, view: { ...view, layout: 'speaker', layoutBefore: view.layout, page: 0 } };
  return view.layoutBefore === null
    ? state
    : { ...state, view: { ...view, layout: view.layoutBefore, layoutBefore: null, page: 0 } };
}

function stageTaken({ me, room, view }: AppState): boolean {
  const selfId = me?.participantId ?? '';
  const share = activeShare(room);
  return (share !== null && share.participantId !== selfId) || (view.spotlightId !== null && view.spotlightId !== selfId);
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

function withLessonNews(state: AppState, message: LessonMessage, now: number): AppState {
  const next = withLesson(state, message, now);
  if (next.lesson.spotlight === next.view.spotlightId) return next;
  return withStageLayout({ ...next, view: { ...next.view, spotlightId: next.lesson.spotlight } }, stageTaken(state));
}

/** The tick: what is to be said, and what has stood long enough. */
function announced(before: AppState, now: number): AppState {
  const reactions = withoutOld(before.lesson.reactions, now);
  const state = reactions === before.lesson.reactions ? before : { ...before, lesson: { ...before.lesson, reactions } };
  const { announcer, said } = takeAnnouncement(state.announcer, now);
  if (said === null) return state;
  return { ...state, announcer, announcement: { ...said, id: (state.announcement?.id ?? 0) + 1 } };
}
