import { useSyncExternalStore } from 'react';

/** As in the style sheets: below this the bar holds only what a thumb needs, and the rest moves into a sheet. */
const NARROW = '(max-width: 640px)';

const subscribe = (told: () => void): (() => void) => {
  const query = window.matchMedia(NARROW);
  query.addEventListener('change', told);
  return () => query.removeEventListener('change', told);
};

export function useNarrow(): boolean {
  return useSyncExternalStore(subscribe, () => window.matchMedia(NARROW).matches);
}
