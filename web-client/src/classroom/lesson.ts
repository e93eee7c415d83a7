/**
 * What a client knows of the class itself: its state, who waits, hands, chat, questions, groups. The room (who is here,
 * what is published) stands in `room.ts`. Plain values: the same messages give the same lesson.
 */
import type {
  BoardsServerMessage,
  BoardsSnapshot,
  BreakoutsServerMessage,
  BreakoutsSnapshot,
  ChecksServerMessage,
  ClassSnapshot,
  ClassStatus,
  HelpRequest,
  LessonServerMessage,
  ModerationServerMessage,
  Permissions,
  PulseSnapshot,
  RaisedHand,
  RemovedPerson,
  Source,
  TalkServerMessage,
  WaitingPerson,
  WaitReason,
} from '@/protocol/messages.gen';

import type { ChatLog } from './chat';
import { chatFromSnapshot, emptyChat, reduceChat } from './chat';
import type { Checks } from './checks';
import { checksFromSnapshot, noChecks, reduceChecks } from './checks';
import type { Reactions } from './reactions';
import { addReaction, noReactions } from './reactions';

export type LessonMessage =
  | LessonServerMessage
  | TalkServerMessage
  | ModerationServerMessage
  | ChecksServerMessage
  | BoardsServerMessage
  | BreakoutsServerMessage;

export interface Lesson {
  /** Null: the page has not come in yet. */
  readonly status: ClassStatus | null;
  /** Why one waits oneself; null: one is in. */
  readonly waiting: WaitReason | null;
  readonly waitingList: readonly WaitingPerson[];
  readonly hands: readonly RaisedHand[];
  readonly reactions: Reactions;
  readonly chat: ChatLog;
  readonly spotlight: string | null;
  readonly permissions: Permissions;
  readonly removed: readonly RemovedPerson[];
  readonly helpRequests: readonly HelpRequest[];
  readonly checks: Checks;
  readonly pulse: PulseSnapshot;
  readonly boards: BoardsSnapshot;
  readonly breakouts: BreakoutsSnapshot;
  /** Somebody of the staff asks this person to unmute; the person decides. */
  readonly unmuteAsked: { readonly byId: string; readonly source: Source } | null;
}

/** A class has a few calls for help, not hundreds; the oldest ones were seen. */
const HELP_REQUESTS_MAX = 50;

export const emptyLesson: Lesson = {
  status: null,
  waiting: null,
  waitingList: [],
  hands: [],
  reactions: noReactions,
  chat: emptyChat,
  spotlight: null,
  permissions: { students: [], people: [] },
  removed: [],
  helpRequests: [],
  checks: noChecks,
  pulse: { own: null, tally: null },
  boards: { boards: [], shown_board_id: null, tasks: [], elements: [] },
  breakouts: { open: false, mode: 'assigned', prompt: '', started_utc: null, ends_utc: null, own_group_id: null, groups: [] },
  unmuteAsked: null,
};

/** Replaces all that was known; only what is new to the person's eyes is carried over. */
export function lessonFromSnapshot(before: Lesson, snapshot: ClassSnapshot, selfId: string): Lesson {
  const cameBefore = before.status !== null && before.waiting === null;
  return {
    ...before,
    status: snapshot.status,
    waiting: snapshot.waiting,
    waitingList: snapshot.waiting_list,
    hands: snapshot.hands,
    chat: chatFromSnapshot(snapshot.chat, snapshot.chat_rules, cameBefore ? before.chat : null, selfId),
    spotlight: snapshot.spotlight,
    permissions: snapshot.permissions,
    removed: snapshot.removed,
    helpRequests: snapshot.help_requests,
    checks: checksFromSnapshot(snapshot.checks),
    pulse: snapshot.pulse,
    boards: snapshot.boards,
    breakouts: snapshot.breakouts,
  };
}

export function reduceLesson(lesson: Lesson, message: LessonMessage, selfId: string, now: number): Lesson {
  switch (message.type) {
    case 'waiting':
      return { ...lesson, waiting: message.reason };
    case 'waiting_list':
      return { ...lesson, waitingList: message.people };
    case 'class_state':
      return { ...lesson, status: message.status };
    case 'help_asked':
      return { ...lesson, helpRequests: [...lesson.helpRequests, message.request].slice(-HELP_REQUESTS_MAX) };
    case 'hands':
      return { ...lesson, hands: message.order };
    case 'reaction':
      return { ...lesson, reactions: addReaction(lesson.reactions, message.participant_id, message.reaction, now) };
    case 'chat_posted':
    case 'chat_changed':
    case 'chat_rules_changed':
      return { ...lesson, chat: reduceChat(lesson.chat, message, selfId) };
    case 'spotlighted':
      return { ...lesson, spotlight: message.participant_id };
    case 'unmute_asked':
      return { ...lesson, unmuteAsked: { byId: message.by_participant_id, source: message.source } };
    case 'permissions':
      return { ...lesson, permissions: message.permissions };
    case 'removed_list':
      return { ...lesson, removed: message.people };
    case 'actions':
      return lesson; // of the person, not of the class: `state.me`
    case 'check_opened':
    case 'check_changed':
    case 'check_answered':
    case 'check_results':
      return { ...lesson, checks: reduceChecks(lesson.checks, message) };
    case 'pulse_counts':
      return { ...lesson, pulse: { ...lesson.pulse, tally: message.tally } };
    case 'board_opened':
    case 'board_page':
    case 'board_elements':
    case 'board_pointers':
    case 'board_tasks':
      return lesson;
    case 'breakouts':
      return { ...lesson, breakouts: message.breakouts };
    case 'breakout_said':
    case 'breakout_called':
      return lesson;
  }
}

/** Of the whole wire, what is about the class itself. A record, so that a new message fails type checking here. */
const ABOUT_CLASS: Record<LessonMessage['type'], true> = {
  waiting: true,
  waiting_list: true,
  class_state: true,
  help_asked: true,
  hands: true,
  reaction: true,
  chat_posted: true,
  chat_changed: true,
  chat_rules_changed: true,
  spotlighted: true,
  unmute_asked: true,
  permissions: true,
  removed_list: true,
  actions: true,
  check_opened: true,
  check_changed: true,
  check_answered: true,
  check_results: true,
  pulse_counts: true,
  board_opened: true,
  board_page: true,
  board_elements: true,
  board_pointers: true,
  board_tasks: true,
  breakouts: true,
  breakout_said: true,
  breakout_called: true,
};

export function isAboutClass(message: { readonly type: string }): message is LessonMessage {
  return Object.hasOwn(ABOUT_CLASS, message.type);
}
