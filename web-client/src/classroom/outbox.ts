/**
 * What the person said or answered and the server has not yet stored. Each thing has a key of its own, so that sending it
 * twice counts once. Pure; `conductor/outbox_sender.ts` sends, `conductor/session_shelf.ts` keeps it over a reload.
 */
import type { Answer } from '@/protocol/messages.gen';

export interface UnsentChat {
  readonly kind: 'chat';
  readonly key: string;
  readonly to: string;
  readonly text: string;
  /** The server said no; the person decides what becomes of it. */
  readonly refused: { readonly code: string; readonly text: string } | null;
  /** Stored; the message itself is on its way back to us. */
  readonly stored: boolean;
}

export interface UnsentAnswer {
  readonly kind: 'answer';
  readonly key: string;
  readonly checkId: string;
  readonly answer: Answer;
  readonly refused: { readonly code: string; readonly text: string } | null;
}

export type Unsent = UnsentChat | UnsentAnswer;
export type Outbox = readonly Unsent[];

export const emptyOutbox: Outbox = [];
/** Nobody types more than this into a dead network; one over is refused to the person at once. */
export const UNSENT_MAX = 50;

export type OutboxEvent =
  | { readonly type: 'put'; readonly unsent: Unsent }
  | { readonly type: 'stored'; readonly key: string }
  | { readonly type: 'refused'; readonly key: string; readonly code: string; readonly text: string }
  | { readonly type: 'retry'; readonly key: string }
  | { readonly type: 'dropped'; readonly key: string }
  | { readonly type: 'seen'; readonly keys: ReadonlySet<string> };

export function reduceOutbox(outbox: Outbox, event: OutboxEvent): Outbox {
  switch (event.type) {
    case 'put':
      return put(outbox, event.unsent);
    case 'stored':
      // An answer is shown by the question itself; a chat message stays until it comes back, so that it never flickers.
      return outbox.flatMap((one) => (one.key !== event.key ? [one] : one.kind === 'chat' ? [{ ...one, stored: true, refused: null }] : []));
    case 'refused':
      return outbox.map((one) => (one.key === event.key ? { ...one, refused: { code: event.code, text: event.text } } : one));
    case 'retry':
      return outbox.map((one) => (one.key === event.key ? { ...one, refused: null } : one));
    case 'dropped':
      return outbox.filter((one) => one.key !== event.key);
    case 'seen':
      return outbox.some((one) => event.keys.has(one.key)) ? outbox.filter((one) => !event.keys.has(one.key)) : outbox;
  }
}

function put(outbox: Outbox, unsent: Unsent): Outbox {
  // Of several answers to one question only the last is meant.
  const others = unsent.kind === 'answer' ? outbox.filter((one) => one.kind !== 'answer' || one.checkId !== unsent.checkId) : outbox;
  return others.length >= UNSENT_MAX ? outbox : [...others, unsent];
}

export const isFull = (outbox: Outbox): boolean => outbox.length >= UNSENT_MAX;

/** The next one to send: in order, and nothing that was refused or is stored. */
export function nextUnsent(outbox: Outbox): Unsent | null {
  return outbox.find((one) => one.refused === null && !(one.kind === 'chat' && one.stored)) ?? null;
}

/** What the person may not know yet: waiting to be stored. */
export const isPending = (one: Unsent): boolean => one.refused === null && !(one.kind === 'chat' && one.stored);

export function unsentAnswer(outbox: Outbox, checkId: string): UnsentAnswer | null {
  return outbox.find((one): one is UnsentAnswer => one.kind === 'answer' && one.checkId === checkId) ?? null;
}

/** From what was kept over a reload: only what has the right shape. */
export function outboxFrom(stored: unknown): Outbox {
  if (!Array.isArray(stored)) return emptyOutbox;
  return stored.slice(0, UNSENT_MAX).flatMap((one: unknown) => readUnsent(one) ?? []);
}

function readUnsent(value: unknown): Unsent | null {
  if (typeof value !== 'object' || value === null) return null;
  const one = value as Record<string, unknown>;
  if (typeof one['key'] !== 'string') return null;
  if (one['kind'] === 'chat' && typeof one['to'] === 'string' && typeof one['text'] === 'string') {
    return { kind: 'chat', key: one['key'], to: one['to'], text: one['text'], refused: null, stored: false };
  }
  if (one['kind'] === 'answer' && typeof one['checkId'] === 'string') {
    const answer = readAnswer(one['answer']);
    return answer === null ? null : { kind: 'answer', key: one['key'], checkId: one['checkId'], answer, refused: null };
  }
  return null;
}

export function readAnswer(value: unknown): Answer | null {
  if (typeof value !== 'object' || value === null) return null;
  const one = value as Record<string, unknown>;
  const ids = one['option_ids'];
  if (!Array.isArray(ids) || !ids.every((id): id is string => typeof id === 'string')) return null;
  return {
    option_ids: ids,
    number: typeof one['number'] === 'number' ? one['number'] : null,
    text: typeof one['text'] === 'string' ? one['text'] : '',
    material_id: typeof one['material_id'] === 'string' ? one['material_id'] : null,
  };
}
