import { useEffect, useState } from 'react';

import type { OwnSession } from '@/protocol/records';

import { useConductor } from './conductor_context';

export interface OwnSessionView {
  readonly own: OwnSession;
  /** How far the server's clock is ahead of this device's. */
  readonly aheadMs: number;
}

/** A class that is opened, moved or called off while somebody waits at its door shows it soon. */
const LOOK_EVERY_MS = 10_000;

/** The class of this link as the server plans it; null until it answered, and kept while it does not. */
export function useOwnSession(): OwnSessionView | null {
  const { records } = useConductor();
  const [view, setView] = useState<OwnSessionView | null>(null);
  useEffect(() => {
    let over = false;
    const look = (): void => {
      records.session().then(
        (own) => {
          if (!over) setView({ own, aheadMs: Date.parse(own.server_now_utc) - Date.now() });
        },
        () => undefined,
      );
    };
    look();
    const timer = setInterval(look, LOOK_EVERY_MS);
    return () => {
      over = true;
      clearInterval(timer);
    };
  }, [records]);
  return view;
}
