/**
 * Opens, replaces and closes the person's own tracks. One change of a source at a time, in the order of the presses.
 * Knows nothing of the server: `changed` tells the conductor that something is different now.
 */
import type { Source } from '@/protocol/messages.gen';
import type { CaptureProblem, Device, ShareKind } from '@/rtc/capture';
import { CaptureFailed, listDevices, onDevicesChanged, openBoth, openCamera, openMic, openScreen } from '@/rtc/capture';
import type { Outlet } from '@/rtc/publish_transport';

import type { LocalAction, LocalSource } from './local_state';
import type { Action, AppState } from './state';
import type { Store } from './store';

export class LocalMedia {
  private readonly tracks = new Map<Source, MediaStreamTrack>();
  private readonly queues = new Map<LocalSource, Promise<void>>();
  private readonly stopWatching: () => void;

  constructor(
    private readonly store: Store<AppState, Action>,
    private readonly phone: boolean,
    private readonly changed: () => void,
  ) {
    this.stopWatching = onDevicesChanged(() => void this.refreshDevices());
  }

  track(source: Source): MediaStreamTrack | null {
    return this.tracks.get(source) ?? null;
  }

  /** What should be published now. `published`: sources that have a Track at the server and keep it while switched off. */
  outlets(published: ReadonlySet<Source>, may: (action: string) => boolean): readonly Outlet[] {
    const { local } = this.store.get();
    const result: Outlet[] = [];
    const add = (source: Source, on: boolean, hint: Outlet['hint']): void => {
      const track = this.track(source);
      if (track === null && !published.has(source)) return;
      result.push({ source, track, muted: !on || track === null, hint });
    };
    if (may('publish_mic')) add('mic', local.mic.on, local.music ? 'music' : 'speech');
    if (may('publish_camera')) add('camera', local.camera.on, '');
    if (may('publish_screen') && this.tracks.has('screen')) {
      add('screen', true, local.shareKind);
      if (this.tracks.has('screen_audio')) add('screen_audio', true, 'music');
    }
    return result;
  }

  /** For the device check: both at once, so that the browser asks once. */
  async openBoth(wants: { readonly mic: boolean; readonly camera: boolean }): Promise<void> {
    if (!wants.mic || !wants.camera) {
      await Promise.all([wants.mic ? this.setMic(true) : null, wants.camera ? this.setCamera(true) : null]);
      return;
    }
    const { chosen, music } = this.store.get().local;
    this.outlet('mic', { busy: true, on: true, problem: null });
    this.outlet('camera', { busy: true, on: true, problem: null });
    const opened = await openBoth({ mic: chosen.mic, camera: chosen.camera }, music, this.phone);
    this.take('mic', opened.mic);
    this.take('camera', opened.camera);
    await this.refreshDevices();
    this.changed();
  }

  setMic(on: boolean): Promise<void> {
    return this.queued('mic', async () => {
      this.outlet('mic', { on, problem: null });
      const track = this.track('mic');
      // Kept open while muted, so that unmuting is instant; the server drops what would still arrive.
      if (track !== null) track.enabled = on;
      else if (on) await this.open('mic');
      this.changed();
    });
  }

  setCamera(on: boolean): Promise<void> {
    return this.queued('camera', async () => {
      this.outlet('camera', { on, problem: null });
      // Really closed, so that its light goes out.
      if (!on) this.drop('camera');
      else if (this.track('camera') === null) await this.open('camera');
      this.changed();
    });
  }

  setMusic(on: boolean): Promise<void> {
    return this.queued('mic', async () => {
      this.local({ type: 'music', on });
      if (this.track('mic') !== null) await this.reopen('mic');
      this.changed();
    });
  }

  choose(kind: Device['kind'], id: string | null): Promise<void> {
    this.local({ type: 'chosen', kind, id });
    if (kind === 'speaker') return Promise.resolve();
    return this.queued(kind, async () => {
      if (this.track(kind) !== null || this.store.get().local[kind].on) await this.reopen(kind);
      this.changed();
    });
  }

  startShare(kind: ShareKind): Promise<void> {
    return this.queued('screen', async () => {
      this.outlet('screen', { busy: true, problem: null });
      try {
        const { screen, screenAudio } = await openScreen(kind);
        this.put('screen', screen);
        if (screenAudio !== null) this.put('screen_audio', screenAudio);
        this.local({ type: 'share', kind, sound: screenAudio !== null });
        this.outlet('screen', { busy: false, on: true });
      } catch (error) {
        const problem = error instanceof CaptureFailed ? error.problem : 'failed';
        this.outlet('screen', { busy: false, on: false, problem: problem === 'cancelled' ? null : problem });
      }
      this.changed();
    });
  }

  stopShare(): Promise<void> {
    return this.queued('screen', () => {
      this.drop('screen');
      this.drop('screen_audio');
      this.outlet('screen', { on: false, busy: false });
      this.changed();
      return Promise.resolve();
    });
  }

  /** Text or motion, while it runs. */
  setShareKind(kind: ShareKind): void {
    const track = this.track('screen');
    if (track !== null) track.contentHint = kind;
    this.local({ type: 'share', kind, sound: this.tracks.has('screen_audio') });
    this.changed();
  }

  async refreshDevices(): Promise<void> {
    this.local({ type: 'devices', devices: await listDevices() });
  }

  /** Everything off; the page leaves the class. */
  close(): void {
    for (const source of [...this.tracks.keys()]) this.drop(source);
    for (const source of ['mic', 'camera', 'screen'] as const) this.outlet(source, { on: false, busy: false });
  }

  dispose(): void {
    this.close();
    this.stopWatching();
  }

  // --- one source ---------------------------------------------------------------------------------------------------

  private async open(source: 'mic' | 'camera'): Promise<void> {
    const { chosen, music } = this.store.get().local;
    this.outlet(source, { busy: true, problem: null });
    try {
      const track = source === 'mic' ? await openMic(chosen.mic, music) : await openCamera(chosen.camera, this.phone);
      this.take(source, track);
    } catch (error) {
      this.take(source, error instanceof CaptureFailed ? error.problem : 'failed');
    }
    await this.refreshDevices();
  }

  /** Another device or another mode. The old track goes first: many devices and all phones open only once. */
  private async reopen(source: 'mic' | 'camera'): Promise<void> {
    this.drop(source);
    await this.open(source);
  }

  private take(source: 'mic' | 'camera', result: MediaStreamTrack | CaptureProblem): void {
    if (typeof result === 'string') {
      this.outlet(source, { busy: false, on: false, problem: result });
      return;
    }
    this.put(source, result);
    this.outlet(source, { busy: false });
    result.enabled = this.store.get().local[source].on;
  }

  private put(source: Source, track: MediaStreamTrack): void {
    this.drop(source);
    this.tracks.set(source, track);
    track.onended = () => this.ended(source, track);
    if (source !== 'screen_audio') this.local({ type: 'replaced', source });
  }

  private drop(source: Source): void {
    const track = this.tracks.get(source);
    if (track === undefined) return;
    this.tracks.delete(source);
    track.onended = null;
    track.stop();
    if (source !== 'screen_audio') this.local({ type: 'replaced', source });
  }

  /** Unplugged, taken by the system, or "stop sharing" in the browser's own bar. */
  private ended(source: Source, track: MediaStreamTrack): void {
    if (this.tracks.get(source) !== track) return;
    switch (source) {
      case 'screen':
        void this.stopShare();
        break;
      case 'screen_audio':
        this.drop(source);
        this.changed();
        break;
      case 'mic':
      case 'camera':
        void this.queued(source, async () => {
          this.drop(source);
          this.local({ type: 'chosen', kind: source, id: null });
          if (this.store.get().local[source].on) await this.open(source);
          this.changed();
        });
    }
  }

  private queued(source: LocalSource, run: () => Promise<void>): Promise<void> {
    const next = (this.queues.get(source) ?? Promise.resolve()).then(run);
    const settled = next.catch(() => undefined);
    this.queues.set(source, settled);
    return next;
  }

  private outlet(source: LocalSource, change: Extract<LocalAction, { type: 'outlet' }>['change']): void {
    this.local({ type: 'outlet', source, change });
  }

  private local(action: LocalAction): void {
    this.store.dispatch({ type: 'local', action });
  }
}
