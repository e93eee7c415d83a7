/**
 * Says to the server what is wanted in the slots: at once when a Track changes its place, a moment later when only sizes
 * changed (a window is dragged by the pixel, layers are not), and not at all when nothing changed.
 */
import { Refused } from '@/protocol/errors';
import type { SlotWish } from '@/protocol/messages.gen';
import type { Answer, Outgoing } from '@/protocol/requests';

export interface LayoutTellerDeps {
  readonly send: (message: Outgoing) => Promise<Answer>;
  readonly isOpen: () => boolean;
  readonly later: (ms: number, run: () => void) => void;
  /** Work the wishes out again and come back with them. */
  readonly again: () => void;
  /** No mapping of an earlier layout can be on its way any more. */
  readonly settled: () => void;
}

const SIZE_SETTLE_MS = 250;
/** After the server took a layout, a mapping of an earlier one may still be on its way this long (a key frame's time). */
export const DOUBT_MS = 1_500;

export class LayoutTeller {
  /** Null: the server knows nothing, or we do not know what it knows. */
  private told: { readonly all: string; readonly tracks: string } | null = null;
  private unanswered = 0;
  private settling: typeof this.told = null;
  private sizesWait = false;
  private sizesDue = false;

  constructor(private readonly deps: LayoutTellerDeps) {}

  forget(): void {
    this.told = null;
  }

  tell(wishes: readonly SlotWish[]): void {
    if (!this.deps.isOpen()) return;
    const all = JSON.stringify(wishes);
    const tracks = wishes.map((one) => `${one.slot}=${one.track_id ?? ''}`).join(' ');
    if (all === this.told?.all) {
      this.settleSoon();
    } else if (tracks === this.told?.tracks && !this.sizesDue) {
      this.waitForSizes();
    } else {
      this.sizesDue = false;
      this.told = { all, tracks };
      void this.sendLayout(wishes);
    }
  }

  private waitForSizes(): void {
    if (this.sizesWait) return;
    this.sizesWait = true;
    this.deps.later(SIZE_SETTLE_MS, () => {
      this.sizesWait = false;
      this.sizesDue = true;
      this.deps.again();
      this.sizesDue = false;
    });
  }

  private async sendLayout(wishes: readonly SlotWish[]): Promise<void> {
    this.unanswered += 1;
    try {
      await this.deps.send({ type: 'layout', slots: wishes });
    } catch (error) {
      this.forget();
      // A Track may have closed while the message was on its way: the news of it comes next. Try again in any case.
      if (error instanceof Refused) this.deps.later(SIZE_SETTLE_MS, () => this.deps.again());
    } finally {
      this.unanswered -= 1;
    }
    this.settleSoon();
  }

  private settleSoon(): void {
    if (this.unanswered > 0) return; // its answer comes here again
    const before = this.told;
    if (before === this.settling) return;
    this.settling = before;
    this.deps.later(DOUBT_MS, () => {
      this.settling = null;
      if (this.unanswered === 0 && this.told === before) this.deps.settled();
    });
  }
}
