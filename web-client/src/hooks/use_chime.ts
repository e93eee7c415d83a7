import { chime, playSound } from '@/conductor/checks';

/** Plays the two notes on the system's speaker. */
export function useChime(): () => void {
  return () => void playSound(chime(), null).catch(() => undefined);
}
