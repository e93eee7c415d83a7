import { useEffect } from 'react';

interface Lock {
  release(): Promise<void>;
}

interface WakeLockNavigator {
  readonly wakeLock?: { request(type: 'screen'): Promise<Lock> };
}

/** A phone that dims in the middle of a lesson has lost its pupil. Browsers without it go on as they are. */
export function useWakeLock(on: boolean): void {
  useEffect(() => {
    if (!on) return;
    let lock: Lock | null = null;
    let over = false;
    const take = (): void => {
      if (document.visibilityState !== 'visible') return;
      const { wakeLock } = navigator as WakeLockNavigator;
      wakeLock
        ?.request('screen')
        .then((taken) => {
          if (over) void taken.release().catch(() => undefined);
          else lock = taken;
        })
        .catch(() => undefined);
    };
    take();
    // The browser lets go of it whenever the page is hidden.
    document.addEventListener('visibilitychange', take);
    return () => {
      over = true;
      document.removeEventListener('visibilitychange', take);
      void lock?.release().catch(() => undefined);
    };
  }, [on]);
}
