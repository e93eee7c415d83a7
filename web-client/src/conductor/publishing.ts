/**
 * Keeps the publish transport equal to what the person wants to send. `sync` may be called at any time and as often as one
 * likes: it looks at the wish, changes what differs, and goes round again if the wish changed meanwhile.
 */
import type { Answer, Outgoing } from '@/protocol/requests';
import { Refused, Unanswered } from '@/protocol/errors';
import type { Source } from '@/protocol/messages.gen';
import type { Manner } from '@/rtc/encodings';
import type { Outlet } from '@/rtc/publish_transport';
import { PublishTransport } from '@/rtc/publish_transport';

export interface PublishingDeps {
  readonly send: (message: Outgoing) => Promise<Answer>;
  readonly outlets: (published: ReadonlySet<Source>) => readonly Outlet[];
  readonly manner: () => Manner;
  readonly isOpen: () => boolean;
  readonly pathChanged: () => void;
  /** An answer was accepted: from now on the path must come up. */
  readonly pathBegan: () => void;
  readonly pathEnded: () => void;
  readonly refused: (code: string, text: string) => void;
  readonly later: (ms: number, run: () => void) => void;
}

/** The media process restarts within a second or two. */
const RETRY_MS = 1_500;
/** The browser refused a description of its own making: a new transport helps against its past, not against its faults. */
const REBUILDS_MAX = 3;

export class Publishing {
  private transport: PublishTransport | null = null;
  private readonly trackIds = new Map<Source, string>();
  private readonly mutedAtServer = new Map<Source, boolean>();
  private agreed = '';
  private running = false;
  private dirty = false;
  private restartWanted = false;
  private rebuilds = 0;

  constructor(private readonly deps: PublishingDeps) {}

  get current(): PublishTransport | null {
    return this.transport;
  }

  trackId(source: Source): string | null {
    return this.trackIds.get(source) ?? null;
  }

  /** The server has no publish transport of ours any more: start again with what is on. */
  reset(): void {
    this.transport?.close();
    this.transport = null;
    this.trackIds.clear();
    this.mutedAtServer.clear();
    this.agreed = '';
    this.restartWanted = false;
  }

  restartIce(): void {
    this.restartWanted = true;
    void this.sync();
  }

  async sync(): Promise<void> {
    this.dirty = true;
    if (this.running) return;
    this.running = true;
    try {
      while (this.dirty && this.deps.isOpen()) {
        this.dirty = false;
        await this.once();
      }
    } catch (error) {
      this.failed(error);
    } finally {
      this.running = false;
    }
  }

  private failed(error: unknown): void {
    // What was under way is unknown now: negotiate again, the next offer states all of it.
    this.agreed = '';
    if (error instanceof Refused) {
      const passing = error.code === 'media_unavailable' || error.code === 'busy' || error.code === 'too_fast';
      if (!passing) this.deps.refused(error.code, error.text);
      else this.deps.later(RETRY_MS, () => void this.sync());
    } else if (!(error instanceof Unanswered)) {
      this.rebuild();
    }
    // Unanswered: the welcome after the reconnect calls sync.
  }

  private rebuild(): void {
    this.reset();
    this.deps.pathEnded();
    this.rebuilds += 1;
    if (this.rebuilds <= REBUILDS_MAX) this.deps.later(RETRY_MS, () => void this.sync());
    else this.deps.refused('publish_failed', '');
  }

  private async once(): Promise<void> {
    const outlets = this.deps.outlets(new Set(this.trackIds.keys()));
    if (outlets.length === 0 && this.transport === null) return;
    this.transport ??= new PublishTransport({ pathChanged: this.deps.pathChanged });
    const transport = this.transport;
    await transport.arrange(outlets, this.deps.manner());
    const wish = outlets.map((one) => `${one.source}/${one.hint}`).join(' ');
    if (wish !== this.agreed || this.restartWanted) await this.negotiate(transport, outlets, wish);
    else await this.tellMutes(outlets);
  }

  private async negotiate(transport: PublishTransport, outlets: readonly Outlet[], wish: string): Promise<void> {
    const restart = this.restartWanted;
    this.restartWanted = false;
    const { sdp, tracks } = await transport.offer(outlets, restart);
    const answer = await this.deps.send({ type: 'publish', sdp, tracks });
    if (answer.type !== 'published' || transport !== this.transport) return;
    await transport.accept(answer.sdp);
    this.trackIds.clear();
    this.mutedAtServer.clear();
    for (const { mid, track_id } of answer.tracks) {
      const source = transport.sourceOf(mid);
      if (source === null) continue;
      this.trackIds.set(source, track_id);
      this.mutedAtServer.set(source, outlets.find((one) => one.source === source)?.muted ?? false);
    }
    this.agreed = wish;
    this.rebuilds = 0;
    // A press may have come while the answer was under way.
    this.dirty = true;
    this.deps.pathBegan();
    // Bitrates and layers can be set on a sender only after the first negotiation in some browsers.
    for (const outlet of outlets) await transport.retune(outlet.source, this.deps.manner());
  }

  private async tellMutes(outlets: readonly Outlet[]): Promise<void> {
    for (const { source, muted } of outlets) {
      const trackId = this.trackIds.get(source);
      if (trackId === undefined || this.mutedAtServer.get(source) === muted) continue;
      await this.deps.send({ type: 'mute', track_id: trackId, muted });
      this.mutedAtServer.set(source, muted);
    }
  }
}
