/** Looks after both transports: asks the pure judgement what to do, and does it. */
import type { PathHealth, PathInput, PathPhase } from '@/rtc/path_health';
import { newPath, stepPath } from '@/rtc/path_health';

export type PathName = 'publish' | 'subscribe';

interface Watched {
  readonly iceState: RTCIceConnectionState;
  readonly connectionState: RTCPeerConnectionState;
}

export interface PathWatchDeps {
  readonly now: () => number;
  /** Without signaling nothing can be done; the judgement waits and so do its timers. */
  readonly isOpen: () => boolean;
  readonly transport: (name: PathName) => Watched | null;
  readonly restart: (name: PathName) => void;
  readonly replaceBoth: () => void;
  readonly report: (name: PathName, phase: PathPhase | 'none') => void;
}

const NAMES: readonly PathName[] = ['publish', 'subscribe'];

export class PathWatch {
  private readonly health = new Map<PathName, PathHealth>();

  constructor(private readonly deps: PathWatchDeps) {}

  /** A description was just exchanged. A path that is being restarted keeps its history. */
  began(name: PathName): void {
    if (!this.health.has(name)) this.health.set(name, newPath(this.deps.now()));
    this.look();
  }

  /** The transport is gone. */
  ended(name: PathName): void {
    this.health.delete(name);
    this.deps.report(name, 'none');
  }

  look(networkChanged = false): void {
    if (!this.deps.isOpen()) return;
    for (const name of NAMES) this.lookAt(name, networkChanged);
  }

  private lookAt(name: PathName, networkChanged: boolean): void {
    const path = this.health.get(name);
    const transport = this.deps.transport(name);
    if (path === undefined || transport === null) return;
    const input: PathInput = { ice: transport.iceState, connection: transport.connectionState, networkChanged };
    const { path: next, act } = stepPath(path, input, this.deps.now());
    this.health.set(name, next);
    this.deps.report(name, next.phase);
    if (act === 'restart') this.deps.restart(name);
    else if (act === 'replace') this.deps.replaceBoth();
  }
}
