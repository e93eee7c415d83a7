/** Every ten seconds: what this person heard and saw. Only the client can know. */
import type { Answer, Outgoing } from '@/protocol/requests';
import type { Reading } from '@/rtc/receive_stats';
import { read, reportsBetween } from '@/rtc/receive_stats';
import type { SubscribeTransport } from '@/rtc/subscribe_transport';

import type { Action, AppState } from './state';
import type { Store } from './store';

export interface ReceiveReportsDeps {
  readonly store: Store<AppState, Action>;
  readonly send: (message: Outgoing) => Promise<Answer>;
  readonly isOpen: () => boolean;
  readonly later: (ms: number, run: () => void) => void;
  readonly transport: () => SubscribeTransport | null;
}

const REPORT_EVERY_MS = 10_000;
/** The protocol's bound on reports in one message. */
const REPORTS_MAX = 64;

export class ReceiveReports {
  private before: Reading | null = null;
  private of: SubscribeTransport | null = null;
  private round = 0;

  constructor(private readonly deps: ReceiveReportsDeps) {}

  start(): void {
    this.round += 1;
    this.next(this.round);
  }

  stop(): void {
    this.round += 1;
    this.before = null;
  }

  private next(round: number): void {
    this.deps.later(REPORT_EVERY_MS, () => {
      if (round !== this.round) return;
      void this.post().catch(() => undefined);
      this.next(round);
    });
  }

  private async post(): Promise<void> {
    const transport = this.deps.transport();
    if (transport === null || !this.deps.isOpen()) return;
    const { room } = this.deps.store.get();
    const slotOfTrack = (id: string): number | null =>
      room.slots.find((one) => transport.trackOf(one.slot)?.id === id)?.slot ?? null;
    const stats = await transport.stats();
    const after = read(stats.values(), { slotOfMid: (mid) => transport.slotOfMid(mid), slotOfTrack });
    const before = this.of === transport ? this.before : null;
    this.before = after;
    this.of = transport;
    this.deps.store.dispatch({ type: 'media', media: { rttMs: after.rttMs } });
    const trackOf = (slot: number): string | null => room.slotViews.get(slot)?.mapping?.track_id ?? null;
    const reports = reportsBetween(before, after, trackOf).slice(0, REPORTS_MAX);
    const rtt_ms = after.rttMs === null ? null : Math.min(600_000, Math.round(after.rttMs * 10) / 10);
    await this.deps.send({ type: 'receive_stats', rtt_ms, reports });
  }
}
