/** How the class's news change all that the page knows: besides the lesson itself, what is new, what is said aloud. */
import type { News } from '@/classroom/announce';
import { addNews } from '@/classroom/announce';
import type { Lesson, LessonMessage } from '@/classroom/lesson';
import { reduceLesson } from '@/classroom/lesson';
import { reduceOutbox } from '@/classroom/outbox';
export { REACTION_SIGNS } from '@/classroom/reactions';
import type { Role } from '@/protocol/messages.gen';

import type { AppState } from './state';

export const isStaff = (role: Role | undefined): boolean => role === 'instructor' || role === 'assistant';

export function withLesson(state: AppState, message: LessonMessage, now: number): AppState {
  const selfId = state.me?.participantId ?? '';
  const lesson = reduceLesson(state.lesson, message, selfId, now);
  const news = newsOf(state, message, selfId);
  const next: AppState = {
    ...state,
    lesson,
    desk: { ...state.desk, resultId: resultAfter(state, message) },
    outbox: withoutSeen(state, message, selfId),
    announcer: news === null ? state.announcer : addNews(state.announcer, news),
  };
  if (message.type === 'waiting') return { ...next, phase: 'waiting' };
  if (message.type === 'actions' && next.me !== null) {
    return { ...next, me: { ...next.me, role: message.role, actions: message.actions } };
  }
  return next.desk.panel === 'chat' ? withChatRead(next) : next;
}

/** The chat is open before the person's eyes. */
export function withChatRead(state: AppState): AppState {
  if (state.lesson.chat.unread === 0) return state;
  return { ...state, lesson: { ...state.lesson, chat: { ...state.lesson.chat, unread: 0 } } };
}

/** What came back to us needs no place in the outbox any more. */
function withoutSeen(state: AppState, message: LessonMessage, selfId: string): AppState['outbox'] {
  if (message.type !== 'chat_posted' || message.message.from_id !== selfId) return state.outbox;
  return reduceOutbox(state.outbox, { type: 'seen', keys: new Set([message.message.key]) });
}

/** All that stands in a whole snapshot has come back. */
export function withoutKnown(state: AppState): AppState {
  const keys = new Set(state.lesson.chat.messages.map((one) => one.key));
  for (const one of state.lesson.checks.answers.values()) keys.add(one.key);
  const outbox = reduceOutbox(state.outbox, { type: 'seen', keys });
  return outbox === state.outbox ? state : { ...state, outbox };
}

/** The result that floats before a student: the one that was shown last, until there is something newer to do. */
function resultAfter(state: AppState, message: LessonMessage): string | null {
  const { resultId } = state.desk;
  if (message.type === 'check_opened') return null;
  if (message.type !== 'check_changed' || isStaff(state.me?.role)) return resultId;
  const { check } = message;
  const before = state.lesson.checks.checks.get(check.check_id);
  if (check.shared && !check.open && before?.shared !== true) return check.check_id;
  return resultId === check.check_id && (!check.shared || check.open) ? null : resultId;
}

function newsOf(state: AppState, message: LessonMessage, selfId: string): News | null {
  const name = (id: string): string => state.room.participants.get(id)?.display_name ?? '';
  const { lesson } = state;
  switch (message.type) {
    case 'hands':
      return handNews(lesson, message.order.map((one) => one.participant_id), selfId, name);
    case 'chat_posted': {
      const { from_id, from_name, to } = message.message;
      if (from_id === selfId) return null;
      return { kind: to === selfId || to === 'staff' ? 'chat_private' : 'chat', name: from_name };
    }
    case 'waiting_list': {
      const known = new Set(lesson.waitingList.map((one) => one.participant_id));
      const fresh = message.people.find((one) => !known.has(one.participant_id));
      return fresh === undefined ? null : { kind: 'waits', name: fresh.display_name };
    }
    case 'help_asked':
      return { kind: 'help', name: name(message.request.participant_id) };
    case 'check_opened':
      return isStaff(state.me?.role) ? null : { kind: 'check_opened', name: '' };
    case 'check_changed': {
      const before = lesson.checks.checks.get(message.check.check_id);
      if (message.check.shared && before?.shared !== true) return { kind: 'check_shared', name: '' };
      if (message.check.open && before?.open !== true) return { kind: 'check_opened', name: '' };
      return !message.check.open && before?.open === true ? { kind: 'check_closed', name: '' } : null;
    }
    case 'spotlighted':
      return message.participant_id === selfId ? { kind: 'spotlit', name: '' } : null;
    case 'unmute_asked':
      return { kind: 'unmute_asked', name: name(message.by_participant_id) };
    case 'class_state': {
      const { status } = lesson;
      if (message.status.supervisor_present && status?.supervisor_present === false) return { kind: 'supervisor', name: '' };
      return message.status.phase === 'live' && status?.phase !== 'live' && status !== null ? { kind: 'live', name: '' } : null;
    }
    default:
      return null;
  }
}

function handNews(lesson: Lesson, order: readonly string[], selfId: string, name: (id: string) => string): News | null {
  const before = new Set(lesson.hands.map((one) => one.participant_id));
  const raised = order.find((id) => !before.has(id));
  if (raised !== undefined) return raised === selfId ? { kind: 'hand_own', name: '' } : { kind: 'hand', name: name(raised) };
  return before.has(selfId) && !order.includes(selfId) ? { kind: 'hand_lowered', name: '' } : null;
}
