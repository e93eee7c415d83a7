/** From the wire's words to the Room's. */
import type { RoomEvent } from '@/classroom/room';
import type { RoomMessage } from '@/protocol/connection';

type Plain = Exclude<RoomMessage, { type: 'subscribe_offer' | 'media_reset' | 'transport' }>;

export function eventOf(message: Plain): RoomEvent {
  switch (message.type) {
    case 'participant_joined':
    case 'participant_changed':
      return { type: 'participant', participant: message.participant };
    case 'participant_left':
      return { type: 'participant_left', participantId: message.participant_id };
    case 'track_published':
    case 'track_changed':
      return { type: 'track', track: message.track };
    case 'track_closed':
      return { type: 'track_closed', trackId: message.track_id };
    case 'slot_mapped':
      return { type: 'mapped', mapping: message.mapping };
    case 'speakers':
      return { type: 'speakers', speakers: message.speakers };
    case 'quality':
      return { type: 'quality', levels: message.levels };
  }
}
