/** What components read of the class itself. */
import type { Lesson } from '@/classroom/lesson';
import { isStaff } from '@/conductor/lesson_state';
import type { LessonVerbs } from '@/conductor/lesson_verbs';
import type { AppState } from '@/conductor/state';
import { may } from '@/conductor/views';

import { useApp, useConductor } from './conductor_context';

export const useLesson = <T>(select: (lesson: Lesson) => T): T => useApp((state) => select(state.lesson));

export const useLessonVerbs = (): LessonVerbs => useConductor().lesson;

export const useMay = (action: string): boolean => useApp((state) => may(state, action));

export const useIsStaff = (): boolean => useApp((state) => isStaff(state.me?.role));

export const useSelfId = (): string => useApp((state) => state.me?.participantId ?? '');

const handRaised = (state: AppState): boolean => state.lesson.hands.some((one) => one.participant_id === state.me?.participantId);

export const useHandRaised = (): boolean => useApp(handRaised);

/** Offline or reconnecting: what is pressed now would only be refused. */
export const useConnected = (): boolean => useApp((state) => state.connection === 'open');

export function useName(participantId: string | null): string {
  return useApp((state) => (participantId === null ? '' : (state.room.participants.get(participantId)?.display_name ?? '')));
}
