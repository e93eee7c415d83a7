import { useEffect, useState } from 'react';

import { useApp } from './conductor_context';

/** The time of day by the server's clock in milliseconds, anew every second while `on`. */
export function useNow(on: boolean): number {
  const aheadMs = useApp((state) => state.aheadMs);
  const [now, setNow] = useState(() => Date.now());
  useEffect(() => {
    if (!on) return;
    const timer = setInterval(() => setNow(Date.now()), 1_000);
    return () => clearInterval(timer);
  }, [on]);
  return now + aheadMs;
}
