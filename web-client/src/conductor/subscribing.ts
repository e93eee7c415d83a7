/**
 * Keeps the subscribe transport answered and the slots filled with what the scene shows. Offers are worked on one after
 * another; the layout is sent when it differs from what the server last heard.
 */
import type { Assignment } from '@/classroom/assign_slots';
import { assignSlots } from '@/classroom/assign_slots';
import type { Scene, Tile } from '@/classroom/scene';
import { mainParticipant, wantsOf } from '@/classroom/scene';
import { Refused } from '@/protocol/errors';
import type { SlotWish, SubscribeOffer } from '@/protocol/messages.gen';
import type { Answer, Outgoing } from '@/protocol/requests';
import { SubscribeTransport } from '@/rtc/subscribe_transport';

import { LayoutTeller } from './layout_teller';
import type { Action, AppState } from './state';
import type { Store } from './store';
import { sceneOfState } from './views';

export interface SubscribingDeps {
  readonly store: Store<AppState, Action>;
  readonly send: (message: Outgoing) => Promise<Answer>;
  readonly isOpen: () => boolean;
  readonly now: () => number;
  readonly later: (ms: number, run: () => void) => void;
  readonly devicePixels: () => number;
  readonly pathChanged: () => void;
  readonly pathBegan: () => void;
}

/** Sizes change by the pixel while a window is dragged; layers do not. */
const SIZE_STEP = 40;

export class Subscribing {
  private transport: SubscribeTransport | null = null;
  private work: Promise<void> = Promise.resolve();
  private readonly teller: LayoutTeller;

  constructor(private readonly deps: SubscribingDeps) {
    this.teller = new LayoutTeller({ ...deps, again: () => this.arrange(), settled: () => this.settle() });
  }

  get current(): SubscribeTransport | null {
    return this.transport;
  }

  reset(): void {
    this.transport?.close();
    this.transport = null;
    this.teller.forget();
  }

  /** The connection is new or was lost: say the layout again. */
  forget(): void {
    this.teller.forget();
  }

  offer(message: SubscribeOffer): void {
    this.work = this.work.then(() => this.answer(message)).catch(() => undefined);
  }

  private async answer(message: SubscribeOffer): Promise<void> {
    const fresh = message.fresh || this.transport === null;
    if (fresh) {
      this.reset();
      this.transport = new SubscribeTransport({ pathChanged: this.deps.pathChanged });
    }
    const transport = this.transport;
    if (transport === null) return;
    const { store } = this.deps;
    store.dispatch({ type: 'room', event: { type: 'slots', slots: message.slots, fresh }, now: this.deps.now() });
    // Before the answer is made: the server can find layers while the browser works on the SDP.
    this.arrange();
    const sdp = await transport.answer(message.sdp, message.slots);
    if (transport !== this.transport) return;
    store.dispatch({ type: 'media', media: { epoch: store.get().media.epoch + 1 } });
    this.deps.pathBegan();
    try {
      await this.deps.send({ type: 'subscribe_answer', generation: message.generation, sdp });
    } catch (error) {
      // A newer offer is already on its way, or the welcome after a reconnect brings one.
      if (!(error instanceof Refused) || error.code !== 'stale_generation') throw error;
    }
  }

  /** Fills the slots for the present scene. */
  arrange(): void {
    const { store } = this.deps;
    const state = store.get();
    if (state.room.slots.length === 0 || state.me === null) return;
    const scene = sceneOfState(state);
    const main = mainParticipant(state.room, state.me.participantId);
    const before: Assignment = new Map(
      [...state.room.slotViews].flatMap(([slot, view]) => (view.wish === null ? [] : [[slot, view.wish] as const])),
    );
    const assignment = assignSlots(state.room.slots, before, wantsOf(state.room, scene, main));
    store.dispatch({ type: 'room', event: { type: 'wished', assignment }, now: this.deps.now() });
    this.teller.tell(wishesOf(assignment, scene, this.deps.devicePixels()));
  }

  private settle(): void {
    for (const [slot, view] of this.deps.store.get().room.slotViews) {
      if (!view.doubtful || view.mapping === null) continue;
      const event = { type: 'settled', slot, generation: view.mapping.generation } as const;
      this.deps.store.dispatch({ type: 'room', event, now: this.deps.now() });
    }
  }
}

export function wishesOf(assignment: Assignment, scene: Scene, devicePixels: number): readonly SlotWish[] {
  const tiles = new Map<string, Tile>();
  for (const tile of scene.tiles) if (tile.trackId !== null) tiles.set(tile.trackId, tile);
  if (scene.stage !== null && scene.stage.trackId !== null) tiles.set(scene.stage.trackId, scene.stage);
  const pixels = (css: number): number => Math.min(16_384, Math.ceil((css * devicePixels) / SIZE_STEP) * SIZE_STEP);
  return [...assignment]
    .sort(([a], [b]) => a - b)
    .map(([slot, trackId]) => {
      const size = tiles.get(trackId)?.size ?? { width: 0, height: 0 };
      return { slot, track_id: trackId, width: pixels(size.width), height: pixels(size.height) };
    });
}
