/** What this device and this tab remember of the person: choices for next time, and what a reload must not lose. */
import type { Device } from '@/rtc/capture';

import type { Preferences, Shelf } from './preferences';
import { loadPreferences, savePreferences } from './preferences';
import type { Kept } from './session_shelf';
import { keptOf, SessionShelf } from './session_shelf';
import type { Action, AppState } from './state';
import type { Store } from './store';

export interface MemoryDeps {
  readonly store: Store<AppState, Action>;
  readonly shelf: Shelf | null;
  readonly tabShelf: Shelf | null;
  readonly place: string;
}

export class Memory {
  preferences: Preferences;
  private readonly tab: SessionShelf;
  private stopKeeping: (() => void) | null = null;

  constructor(private readonly deps: MemoryDeps) {
    this.preferences = loadPreferences(deps.shelf);
    this.tab = new SessionShelf(deps.tabShelf, deps.place);
    const { mic, camera, speaker, shortcuts } = this.preferences;
    for (const [kind, id] of Object.entries({ mic, camera, speaker }) as [Device['kind'], string | null][]) {
      deps.store.dispatch({ type: 'local', action: { type: 'chosen', kind, id } });
    }
    deps.store.dispatch({ type: 'shortcuts', on: shortcuts });
  }

  remember(change: Partial<Preferences>): void {
    this.preferences = { ...this.preferences, ...change };
    savePreferences(this.deps.shelf, this.preferences);
  }

  /** What the tab had before a reload; from then on every change is kept. */
  takeKept(): Kept {
    const { store } = this.deps;
    const kept = this.tab.load();
    store.dispatch({ type: 'kept', kept });
    this.stopKeeping ??= store.subscribe(() => this.tab.save(keptOf(store.get(), kept.inside)));
    return kept;
  }

  dispose(): void {
    this.stopKeeping?.();
    this.stopKeeping = null;
  }
}
