/**
 * The one object behind the page: it knows the order in which things happen and leaves each thing to its room.
 * The page calls its verbs and reads its store; it never touches a socket or a peer connection.
 */
import type { Size } from '@/classroom/grid';
import type { RoomEvent } from '@/classroom/room';
import type { LayoutMode } from '@/classroom/scene';
import type { Clock } from '@/protocol/clock';
import type { SocketLike } from '@/protocol/connection';
import type { RoomMessage } from '@/protocol/connection';
import { Connection } from '@/protocol/connection';
import { Refused } from '@/protocol/errors';
import type { Source, Tier, Welcome } from '@/protocol/messages.gen';
import type { JoinDescription, TicketGrant } from '@/protocol/ticket';
import type { Device, ShareKind } from '@/rtc/capture';
import type { SourceWitness } from '@/rtc/frame_gate';
import { reached } from '@/rtc/frame_gate';
import { SoundOut } from '@/rtc/sound_out';

import { LocalMedia } from './local_media';
import type { LocalSource } from './local_state';
import type { PathName } from './path_watch';
import { PathWatch } from './path_watch';
import type { Preferences, Shelf } from './preferences';
import { loadPreferences, savePreferences } from './preferences';
import { Publishing } from './publishing';
import { ReceiveReports } from './receive_reports';
import { eventOf } from './room_messages';
import type { Action, AppState } from './state';
import { firstState, reduceApp } from './state';
import { Store } from './store';
import { Subscribing } from './subscribing';
import { may } from './views';

export interface ConductorDeps {
  readonly clock: Clock;
  readonly openSocket: (path: string) => SocketLike;
  readonly describeJoin: () => Promise<JoinDescription>;
  readonly requestTicket: () => Promise<TicketGrant>;
  readonly tier: Tier;
  readonly browser: string;
  readonly shelf: Shelf | null;
  readonly devicePixels: () => number;
}

/** How often paths and announcements are looked at; both have limits of a second and more. */
const TICK_MS = 500;

export class Conductor {
  readonly store = new Store<AppState, Action>(reduceApp, firstState);
  readonly sound = new SoundOut((blocked) => this.store.dispatch({ type: 'media', media: { soundBlocked: blocked } }));
  private readonly local: LocalMedia;
  private readonly publishing: Publishing;
  private readonly subscribing: Subscribing;
  private readonly paths: PathWatch;
  private readonly reports: ReceiveReports;
  private connection: Connection | null = null;
  private preferences: Preferences;
  private stopTick: (() => void) | null = null;

  constructor(private readonly deps: ConductorDeps) {
    const { store } = this;
    const isOpen = (): boolean => store.get().connection === 'open';
    const common = {
      send: (message: Parameters<Connection['send']>[0]) =>
        this.connection?.send(message) ?? Promise.reject(new Error('no connection')),
      isOpen,
      later: (ms: number, run: () => void) => void deps.clock.after(ms, run),
      now: () => deps.clock.now(),
      pathChanged: () => this.paths.look(),
    };
    this.preferences = loadPreferences(deps.shelf);
    this.applyPreferences();
    this.local = new LocalMedia(store, deps.tier === 'phone', () => this.localChanged());
    this.publishing = new Publishing({
      ...common,
      outlets: (published) => this.local.outlets(published, (action) => may(store.get(), action)),
      manner: () => ({ music: store.get().local.music, share: store.get().local.shareKind }),
      pathBegan: () => this.paths.began('publish'),
      pathEnded: () => this.paths.ended('publish'),
      refused: (code, text) => this.publishRefused(code, text),
    });
    this.subscribing = new Subscribing({
      ...common,
      store,
      devicePixels: deps.devicePixels,
      pathBegan: () => this.paths.began('subscribe'),
    });
    this.paths = new PathWatch({
      now: common.now,
      isOpen,
      transport: (name) => (name === 'publish' ? this.publishing.current : this.subscribing.current),
      restart: (name) => this.restartIce(name),
      replaceBoth: () => void common.send({ type: 'replace_transports' }).catch(() => undefined),
      report: (name, phase) => store.dispatch({ type: 'media', media: { [name]: phase } }),
    });
    this.reports = new ReceiveReports({ ...common, store, transport: () => this.subscribing.current });
  }

  // --- coming in ------------------------------------------------------------------------------------------------------

  /** Asks what the link is for; changes nothing at the server. */
  async load(): Promise<void> {
    this.store.dispatch({ type: 'phase', phase: 'loading' });
    try {
      this.store.dispatch({ type: 'described', description: await this.deps.describeJoin() });
    } catch (error) {
      this.refuse(error instanceof Refused ? error : new Refused('unreachable', ''));
    }
  }

  /** The join button. Opens what the person had on last time; an observer has nothing to open. */
  async prepare(): Promise<void> {
    this.store.dispatch({ type: 'phase', phase: 'check' });
    if (this.store.get().description?.role === 'observer') return;
    await this.local.openBoth({ mic: this.preferences.micOn, camera: this.preferences.cameraOn });
  }

  enter(takeover = false): void {
    // What the device check said was read there; the room begins without it.
    for (const source of ['mic', 'camera'] as const) this.closeProblem(source);
    this.store.dispatch({ type: 'phase', phase: 'entering' });
    this.connection?.stop(false);
    this.connection = new Connection(
      {
        clock: this.deps.clock,
        openSocket: this.deps.openSocket,
        requestTicket: this.deps.requestTicket,
        client: { name: 'homeroom-web', browser: this.deps.browser, tier: this.deps.tier },
      },
      {
        status: (status) => this.store.dispatch({ type: 'connection', status }),
        welcome: (message) => this.welcomed(message),
        room: (message) => this.roomSaid(message),
        refused: (code, text) => this.connectionRefused(code, text),
        bye: ({ code, text }) => this.end(code, text),
      },
    );
    this.connection.start(takeover);
  }

  leave(): void {
    this.connection?.stop(true);
    this.end('left', '');
  }

  /** From any end screen back to the device check. */
  async comeBack(): Promise<void> {
    this.closeMedia();
    await this.load();
    if (this.store.get().phase === 'invited') await this.prepare();
  }

  // --- verbs of the room ----------------------------------------------------------------------------------------------

  async setMic(on: boolean): Promise<void> {
    this.remember({ micOn: on });
    await this.local.setMic(on);
    this.tellOwn(this.store.get().local.mic.on ? 'mic_on' : 'mic_off');
  }

  async setCamera(on: boolean): Promise<void> {
    this.remember({ cameraOn: on });
    await this.local.setCamera(on);
    this.tellOwn(this.store.get().local.camera.on ? 'camera_on' : 'camera_off');
  }

  setMusic(on: boolean): Promise<void> {
    return this.local.setMusic(on);
  }

  choose(kind: Device['kind'], id: string | null): Promise<void> {
    this.remember({ [kind]: id });
    if (kind === 'speaker') this.sound.route(id);
    return this.local.choose(kind, id);
  }

  setShare(on: boolean, kind: ShareKind = this.store.get().local.shareKind): Promise<void> {
    return on ? this.local.startShare(kind) : this.local.stopShare();
  }

  setShareKind(kind: ShareKind): void {
    this.local.setShareKind(kind);
  }

  setLayout(layout: LayoutMode): void {
    this.store.dispatch({ type: 'layout', layout });
    this.subscribing.arrange();
  }

  setPage(page: number): void {
    this.store.dispatch({ type: 'page', page });
    this.subscribing.arrange();
  }

  setBox(box: Size): void {
    this.store.dispatch({ type: 'box', box });
    this.subscribing.arrange();
  }

  /** The person has read what was wrong with a device. */
  closeProblem(source: LocalSource): void {
    this.store.dispatch({ type: 'local', action: { type: 'outlet', source, change: { problem: null } } });
  }

  closeNotice(): void {
    this.store.dispatch({ type: 'notice', notice: null });
  }

  setShortcuts(on: boolean): void {
    this.remember({ shortcuts: on });
    this.store.dispatch({ type: 'shortcuts', on });
  }

  // --- what elements on the page need ---------------------------------------------------------------------------------

  localTrack(source: Source): MediaStreamTrack | null {
    return this.local.track(source);
  }

  slotTrack(slot: number): MediaStreamTrack | null {
    return this.subscribing.current?.trackOf(slot) ?? null;
  }

  slotWitness(slot: number): SourceWitness | null {
    return this.subscribing.current?.receiverOf(slot) ?? null;
  }

  /** A frame of this slot is on the screen. */
  frameSeen(slot: number, rtp: number | null): void {
    const view = this.store.get().room.slotViews.get(slot);
    if (view === undefined || view.shown || view.mapping === null) return;
    if (rtp !== null && !reached(rtp, view.mapping.rtp_timestamp)) return;
    this.room({ type: 'frame', slot, generation: view.mapping.generation });
  }

  /** Read by tests and by people who look for a fault: the browser's own numbers of both transports. */
  async peerStats(): Promise<{ publish: unknown[]; subscribe: unknown[] }> {
    const read = async (from: { stats(): Promise<RTCStatsReport> } | null): Promise<unknown[]> =>
      from === null ? [] : [...((await from.stats()).values() as Iterable<unknown>)];
    return { publish: await read(this.publishing.current), subscribe: await read(this.subscribing.current) };
  }

  /** The network came back or changed, or the page woke up. */
  nudge(): void {
    this.connection?.nudge();
    this.paths.look(true);
  }

  setOnline(online: boolean): void {
    this.store.dispatch({ type: 'online', online });
    this.nudge();
  }

  dispose(): void {
    this.connection?.stop(false);
    this.closeMedia();
    this.local.dispose();
  }

  // --- what the server says -------------------------------------------------------------------------------------------

  private welcomed(message: Welcome): void {
    if (!message.resumed) {
      // The server begins anew with us: so do our transports. Its fresh offer follows.
      this.resetMedia();
    }
    this.store.dispatch({ type: 'welcome', message });
    this.subscribing.forget();
    this.subscribing.arrange();
    this.reports.start();
    this.startTick();
    void this.publishing.sync();
    this.paths.look();
  }

  private roomSaid(message: RoomMessage): void {
    switch (message.type) {
      case 'subscribe_offer':
        if (message.fresh) this.paths.ended('subscribe');
        this.subscribing.offer(message);
        break;
      case 'media_reset':
        this.resetMedia();
        void this.publishing.sync();
        break;
      case 'transport':
        break; // our own view of the path is earlier and finer
      default:
        this.room(eventOf(message));
        // Audio levels come five times a second and change the scene only where a speaker is large.
        this.subscribing.arrange();
    }
  }

  private connectionRefused(code: string, text: string): void {
    // Thrown out of a class that goes on (it ended, the link was revoked): camera and microphone go off with it.
    if (this.store.get().phase === 'room' && code !== 'seat_in_use') this.closeMedia();
    this.refuse(new Refused(code, text));
  }

  private refuse(error: Refused): void {
    this.store.dispatch({ type: 'refused', code: error.code, text: error.text });
  }

  private publishRefused(code: string, text: string): void {
    this.store.dispatch({ type: 'notice', notice: { code, text } });
  }

  private end(code: string, text: string): void {
    this.connection = null;
    this.closeMedia();
    this.store.dispatch({ type: 'over', code, text });
  }

  private closeMedia(): void {
    this.stopTick?.();
    this.stopTick = null;
    this.reports.stop();
    this.resetMedia();
    this.local.close();
  }

  private resetMedia(): void {
    this.publishing.reset();
    this.subscribing.reset();
    this.paths.ended('publish');
    this.paths.ended('subscribe');
    this.store.dispatch({ type: 'media', media: { epoch: this.store.get().media.epoch + 1 } });
    this.room({ type: 'slots', slots: [], fresh: true });
  }

  private restartIce(name: PathName): void {
    if (name === 'publish') this.publishing.restartIce();
    else void this.connection?.send({ type: 'restart_ice' }).catch(() => undefined);
  }

  private localChanged(): void {
    if (this.store.get().phase === 'room') void this.publishing.sync();
  }

  private room(event: RoomEvent): void {
    this.store.dispatch({ type: 'room', event, now: this.deps.clock.now() });
  }

  private tellOwn(kind: 'mic_on' | 'mic_off' | 'camera_on' | 'camera_off'): void {
    this.store.dispatch({ type: 'news', news: { kind, name: '' } });
  }

  private startTick(): void {
    this.stopTick?.();
    const tick = (): void => {
      this.paths.look();
      this.store.dispatch({ type: 'announce', now: this.deps.clock.now() });
      this.stopTick = this.deps.clock.after(TICK_MS, tick);
    };
    this.stopTick = this.deps.clock.after(TICK_MS, tick);
  }

  private applyPreferences(): void {
    const { mic, camera, speaker, shortcuts } = this.preferences;
    for (const [kind, id] of Object.entries({ mic, camera, speaker }) as [Device['kind'], string | null][]) {
      this.store.dispatch({ type: 'local', action: { type: 'chosen', kind, id } });
    }
    this.sound.route(speaker);
    this.store.dispatch({ type: 'shortcuts', on: shortcuts });
  }

  private remember(change: Partial<Preferences>): void {
    this.preferences = { ...this.preferences, ...change };
    savePreferences(this.deps.shelf, this.preferences);
  }
}
