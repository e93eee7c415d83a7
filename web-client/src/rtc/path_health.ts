/**
 * What to do about a transport whose path is in trouble: wait a little, restart ICE, and as the last resort replace both
 * transports. A pure function of what the browser says and the time, one value per transport.
 */

export type PathPhase = 'starting' | 'good' | 'suspect' | 'restarting' | 'replacing';

export interface PathHealth {
  readonly phase: PathPhase;
  readonly sinceMs: number;
  readonly restarts: number;
}

export type PathAct = 'none' | 'restart' | 'replace';

/** `disconnected` often heals by itself (a lost check or two); a restart costs a round trip and is worth waiting for. */
const SUSPECT_MS = 1_500;
/** A restart on a path that works takes two or three round trips. */
const RESTART_MS = 5_000;
const RESTARTS_MAX = 2;
/** From the first answer to the first connected state; DTLS over a lossy path took 1.7 s at worst in our trials. */
const START_MS = 10_000;

export const newPath = (now: number): PathHealth => ({ phase: 'starting', sinceMs: now, restarts: 0 });

export interface PathInput {
  readonly ice: RTCIceConnectionState;
  readonly connection: RTCPeerConnectionState;
  /** The browser reported another network: do not wait for timers. */
  readonly networkChanged?: boolean;
}

export function stepPath(path: PathHealth, input: PathInput, now: number): { path: PathHealth; act: PathAct } {
  if (input.connection === 'closed') return { path, act: 'none' };
  if (isGood(input)) {
    return { path: path.phase === 'good' ? path : { phase: 'good', sinceMs: now, restarts: 0 }, act: 'none' };
  }
  // ICE works and DTLS does not: fresh credentials cannot help.
  if (input.connection === 'failed' && input.ice !== 'failed' && input.ice !== 'disconnected') return replace(path, now);
  const age = now - path.sinceMs;
  switch (path.phase) {
    case 'starting':
      return input.ice === 'failed' || age > START_MS ? replace(path, now) : { path, act: 'none' };
    case 'good':
      return input.ice === 'failed' || input.networkChanged === true
        ? restart(path, now)
        : { path: { ...path, phase: 'suspect', sinceMs: now }, act: 'none' };
    case 'suspect':
      return input.ice === 'failed' || input.networkChanged === true || age > SUSPECT_MS
        ? restart(path, now)
        : { path, act: 'none' };
    case 'restarting':
      if (age <= RESTART_MS) return { path, act: 'none' };
      return path.restarts >= RESTARTS_MAX ? replace(path, now) : restart(path, now);
    case 'replacing':
      // The new transport brings its own health; if none came, ask again.
      return age > START_MS ? replace(path, now) : { path, act: 'none' };
  }
}

function isGood(input: PathInput): boolean {
  const ice = input.ice === 'connected' || input.ice === 'completed';
  return ice && (input.connection === 'connected' || input.connection === 'new');
}

function restart(path: PathHealth, now: number): { path: PathHealth; act: PathAct } {
  return { path: { phase: 'restarting', sinceMs: now, restarts: path.restarts + 1 }, act: 'restart' };
}

function replace(path: PathHealth, now: number): { path: PathHealth; act: PathAct } {
  if (path.phase === 'replacing' && now - path.sinceMs <= START_MS) return { path, act: 'none' };
  return { path: { phase: 'replacing', sinceMs: now, restarts: 0 }, act: 'replace' };
}
