/** Countdowns go by the server's clock: devices in a class are minutes apart. */
import type { Clock } from '@/protocol/clock';
import type { RecordsApi } from '@/protocol/records';

import type { Action, AppState } from './state';
import type { Store } from './store';

/** Not at once: three hundred people come in at the same moment. */
const WAIT_MS_MAX = 4_000;

export class ServerClock {
  private asked = false;

  constructor(
    private readonly store: Store<AppState, Action>,
    private readonly clock: Clock,
    private readonly records: RecordsApi,
  ) {}

  /** Once a page. Without an answer the device's own clock stands. */
  compare(): void {
    if (this.asked) return;
    this.asked = true;
    const ask = async (): Promise<void> => {
      const { server_now_utc } = await this.records.session();
      const aheadMs = Date.parse(server_now_utc) - Date.now();
      if (Number.isFinite(aheadMs)) this.store.dispatch({ type: 'clock', aheadMs });
    };
    this.clock.after(WAIT_MS_MAX * this.clock.random(), () => void ask().catch(() => undefined));
  }
}
