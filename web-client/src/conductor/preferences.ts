/** What a person chose last time on this device. Nothing about a class is kept. */

export interface Preferences {
  readonly mic: string | null;
  readonly camera: string | null;
  readonly speaker: string | null;
  readonly micOn: boolean;
  readonly cameraOn: boolean;
  readonly shortcuts: boolean;
}

const KEY = 'homeroom-preferences';

export const defaultPreferences: Preferences = {
  mic: null,
  camera: null,
  speaker: null,
  micOn: true,
  cameraOn: true,
  shortcuts: true,
};

export interface Shelf {
  getItem(key: string): string | null;
  setItem(key: string, value: string): void;
}

export function loadPreferences(shelf: Shelf | null): Preferences {
  try {
    const stored: unknown = JSON.parse(shelf?.getItem(KEY) ?? '{}');
    return typeof stored === 'object' && stored !== null ? pick(stored as Record<string, unknown>) : defaultPreferences;
  } catch {
    return defaultPreferences;
  }
}

export function savePreferences(shelf: Shelf | null, preferences: Preferences): void {
  try {
    shelf?.setItem(KEY, JSON.stringify(preferences));
  } catch {
    // Private windows and full disks refuse; the class works without.
  }
}

function pick(stored: Record<string, unknown>): Preferences {
  const text = (key: string): string | null => (typeof stored[key] === 'string' ? stored[key] : null);
  const flag = (key: string): boolean => (typeof stored[key] === 'boolean' ? stored[key] : true);
  return {
    mic: text('mic'),
    camera: text('camera'),
    speaker: text('speaker'),
    micOn: flag('micOn'),
    cameraOn: flag('cameraOn'),
    shortcuts: flag('shortcuts'),
  };
}

/** The browser's shelf; null where even touching it is refused. */
export function browserShelf(): Shelf | null {
  try {
    return window.localStorage;
  } catch {
    return null;
  }
}
