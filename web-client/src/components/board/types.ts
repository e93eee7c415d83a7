import type { Drawn } from '@/classroom/board_elements';
import type { BoardPointerAt } from '@/protocol/messages.gen';
import type { Sheet } from '@/conductor/sheets';

import type { Names } from './naming';

export interface PointerShown extends BoardPointerAt {
  readonly name: string;
}

export interface CanvasProps {
  /** Read once, when the surface is made; afterwards `watch` tells. */
  readonly page: () => ReadonlyMap<string, Drawn>;
  readonly watch: (told: () => void) => () => void;
  readonly sheet: Sheet | null;
  readonly pointers: readonly PointerShown[];
  readonly readOnly: boolean;
  readonly dark: boolean;
  readonly language: string;
  readonly label: string;
  readonly names: Names;
  readonly onDrawn: (elements: readonly Drawn[]) => void;
  readonly onPoint: (at: { readonly x: number; readonly y: number } | null) => void;
}
