/** The person's own microphone, camera and screen, as plain values. The tracks themselves live in LocalMedia. */
import type { CaptureProblem, Device, ShareKind } from '@/rtc/capture';

export type LocalSource = 'mic' | 'camera' | 'screen';

export interface Outlet {
  /** What the person wants. */
  readonly on: boolean;
  /** Being opened just now. */
  readonly busy: boolean;
  readonly problem: CaptureProblem | null;
  /** Grows whenever the track behind it is another one. 0: there has never been one. */
  readonly version: number;
}

export interface Local {
  readonly mic: Outlet;
  readonly camera: Outlet;
  readonly screen: Outlet;
  readonly shareKind: ShareKind;
  readonly shareSound: boolean;
  readonly music: boolean;
  readonly devices: readonly Device[];
  readonly chosen: Readonly<Record<Device['kind'], string | null>>;
}

const off: Outlet = { on: false, busy: false, problem: null, version: 0 };

export const firstLocal: Local = {
  mic: off,
  camera: off,
  screen: off,
  shareKind: 'text',
  shareSound: false,
  music: false,
  devices: [],
  chosen: { mic: null, camera: null, speaker: null },
};

export type LocalAction =
  | { readonly type: 'outlet'; readonly source: LocalSource; readonly change: Partial<Omit<Outlet, 'version'>> }
  | { readonly type: 'replaced'; readonly source: LocalSource }
  | { readonly type: 'share'; readonly kind: ShareKind; readonly sound: boolean }
  | { readonly type: 'music'; readonly on: boolean }
  | { readonly type: 'devices'; readonly devices: readonly Device[] }
  | { readonly type: 'chosen'; readonly kind: Device['kind']; readonly id: string | null };

export function reduceLocal(local: Local, action: LocalAction): Local {
  switch (action.type) {
    case 'outlet':
      return { ...local, [action.source]: { ...local[action.source], ...action.change } };
    case 'replaced':
      return { ...local, [action.source]: { ...local[action.source], version: local[action.source].version + 1 } };
    case 'share':
      return { ...local, shareKind: action.kind, shareSound: action.sound };
    case 'music':
      return { ...local, music: action.on };
    case 'devices':
      return { ...local, devices: action.devices };
    case 'chosen':
      return { ...local, chosen: { ...local.chosen, [action.kind]: action.id } };
  }
}
