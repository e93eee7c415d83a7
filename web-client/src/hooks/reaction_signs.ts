export { REACTION_SIGNS } from '@/conductor/lesson_state';
