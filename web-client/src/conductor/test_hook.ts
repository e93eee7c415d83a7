/** `window.__homeroom`: the page's state as plain values, to read only. For end-to-end tests and for finding faults. */
import type { Conductor } from './conductor';

/** Maps become objects, so that the whole can be printed. */
export function plain(value: unknown): unknown {
  if (value instanceof Map) return Object.fromEntries([...value].map(([key, one]) => [String(key), plain(one)]));
  if (Array.isArray(value)) return value.map(plain);
  if (typeof value === 'object' && value !== null) {
    return Object.fromEntries(Object.entries(value).map(([key, one]) => [key, plain(one)]));
  }
  return value;
}

export interface TestHook {
  readonly snapshot: () => unknown;
  readonly stats: () => Promise<unknown>;
}

declare global {
  interface Window {
    __homeroom?: TestHook;
  }
}

export function installTestHook(conductor: Conductor): () => void {
  window.__homeroom = Object.freeze({
    snapshot: () => plain(conductor.store.get()),
    stats: () => conductor.peerStats(),
  });
  return () => {
    delete window.__homeroom;
  };
}
