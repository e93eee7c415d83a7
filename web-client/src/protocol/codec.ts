import type { ServerMessage } from './messages.gen';

/**
 * All types that this client understands. A record and not a list, so that a new message of the server fails type
 * checking here until somebody has decided what it means for us.
 */
const KNOWN: Record<ServerMessage['type'], true> = {
  welcome: true,
  ack: true,
  error: true,
  published: true,
  subscribe_offer: true,
  media_reset: true,
  participant_joined: true,
  participant_changed: true,
  participant_left: true,
  track_published: true,
  track_changed: true,
  track_closed: true,
  slot_mapped: true,
  speakers: true,
  quality: true,
  transport: true,
  bye: true,
};

function isServerMessage(value: unknown): value is ServerMessage {
  if (typeof value !== 'object' || value === null || !('type' in value)) return false;
  return typeof value.type === 'string' && Object.hasOwn(KNOWN, value.type);
}

/**
 * One WebSocket message, or null for what we do not understand: a newer server may say more than we know. Fields are not
 * checked one by one: they come from our own origin and from the same definition that our types are made of.
 */
export function decode(text: unknown): ServerMessage | null {
  if (typeof text !== 'string') return null;
  try {
    const value: unknown = JSON.parse(text);
    return isServerMessage(value) ? value : null;
  } catch {
    return null;
  }
}
