/** One conductor for as long as the page of a link is open. */
import { useEffect, useMemo } from 'react';

import { browserDeps, linkToken, watchWakeups } from '@/conductor/browser_deps';
import { Conductor } from '@/conductor/conductor';
import { installTestHook } from '@/conductor/test_hook';

export { linkToken };

export function useClass(token: string): Conductor {
  const conductor = useMemo(() => new Conductor(browserDeps(token)), [token]);
  useEffect(() => {
    void conductor.load();
    const removeHook = installTestHook(conductor);
    const stopWatching = watchWakeups(conductor);
    return () => {
      removeHook();
      stopWatching();
      conductor.dispose();
    };
  }, [conductor]);
  return conductor;
}
