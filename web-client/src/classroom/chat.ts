/** The chat as this page knows it: what was said, the rules, and how much of it is new. */
import type { ChatMessage, ChatRules, TalkServerMessage } from '@/protocol/messages.gen';

export interface ChatLog {
  /** In the order in which they were said. */
  readonly messages: readonly ChatMessage[];
  readonly rules: ChatRules;
  /** Said by others since the person last looked. */
  readonly unread: number;
}

/** What the server keeps of a class and more; a page that ran for days does not grow without end. */
export const MESSAGES_MAX = 3_000;

export const chatRulesFirst: ChatRules = {
  enabled: true,
  slow_s: 0,
  links: false,
  private_to_staff: true,
  private_between_students: false,
  moderated: false,
};

export const emptyChat: ChatLog = { messages: [], rules: chatRulesFirst, unread: 0 };

type ChatNews = Extract<TalkServerMessage, { type: 'chat_posted' | 'chat_changed' | 'chat_rules_changed' }>;

export function reduceChat(chat: ChatLog, news: ChatNews, selfId: string): ChatLog {
  switch (news.type) {
    case 'chat_posted':
      return posted(chat, news.message, selfId);
    case 'chat_changed':
      // A message that was held is released to everybody else as one that they have not seen before.
      if (chat.messages.some((one) => one.chat_id === news.message.chat_id)) return { ...chat, messages: replaced(chat, news.message) };
      return posted(chat, news.message, selfId);
    case 'chat_rules_changed':
      return { ...chat, rules: news.rules };
  }
}

function posted(chat: ChatLog, message: ChatMessage, selfId: string): ChatLog {
  if (chat.messages.some((one) => one.chat_id === message.chat_id)) return { ...chat, messages: replaced(chat, message) };
  const fresh = message.from_id !== selfId && !message.deleted;
  return { ...chat, messages: [...chat.messages, message].slice(-MESSAGES_MAX), unread: chat.unread + (fresh ? 1 : 0) };
}

const replaced = (chat: ChatLog, message: ChatMessage): readonly ChatMessage[] =>
  chat.messages.map((one) => (one.chat_id === message.chat_id ? message : one));

/** `before`: what the page knew, if it was in this class already; what came meanwhile is new. */
export function chatFromSnapshot(messages: readonly ChatMessage[], rules: ChatRules, before: ChatLog | null, selfId: string): ChatLog {
  if (before === null) return { messages, rules, unread: 0 };
  const known = new Set(before.messages.map((one) => one.chat_id));
  const fresh = messages.filter((one) => !known.has(one.chat_id) && one.from_id !== selfId && !one.deleted).length;
  return { messages, rules, unread: before.unread + fresh };
}
