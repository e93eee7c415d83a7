/** Between a page of the class and the surface it is drawn on, for the component that holds Excalidraw. */
import type { Drawn, Page } from '@/classroom/board_elements';
import { drawnOf, newerThan, surfaceWith } from '@/conductor/board_views';
import type { Sheet } from '@/conductor/sheets';

/** The element and the file of what lies under the drawing; only this page has them (`OWN_PREFIX`). */
export const SHEET_ID = 'homeroom-sheet';
/** Sheets of any size are drawn this wide, so that one stroke lies at the same place for everybody. */
const SHEET_WIDTH = 1_000;

export function sheetElement(sheet: Sheet): Drawn {
  const { height } = frameOf(sheet);
  return {
    id: SHEET_ID, type: 'image', fileId: SHEET_ID, status: 'saved', scale: [1, 1], crop: null,
    x: 0, y: 0, width: SHEET_WIDTH, height, angle: 0, locked: true, isDeleted: false,
    strokeColor: 'transparent', backgroundColor: 'transparent', fillStyle: 'solid', strokeWidth: 1, strokeStyle: 'solid', roughness: 0, opacity: 100,
    groupIds: [], frameId: null, roundness: null, boundElements: null, link: null, updated: 1, seed: 1, version: 1, versionNonce: 1, index: 'Zz',
  };
}

export interface Frame {
  readonly width: number;
  readonly height: number;
}

/** The part of the endless surface that everybody begins with; a sheet is its own frame. */
const BLANK: Frame = { width: SHEET_WIDTH, height: 640 };
/** Around the frame, as part of the place there is; Excalidraw's own bars lie over its edge. */
const MARGIN = 0.04;

export const frameOf = (sheet: Sheet | null): Frame => (sheet === null ? BLANK : { width: SHEET_WIDTH, height: Math.round((SHEET_WIDTH * sheet.height) / Math.max(1, sheet.width)) });

export interface Looking {
  readonly scrollX: number;
  readonly scrollY: number;
  readonly zoom: number;
}

/** How one looks so that the whole frame is in view: what one person draws there, another sees, on whatever screen. */
export function lookAtFrame(frame: Frame, place: Frame): Looking {
  const free = 1 - 2 * MARGIN;
  const zoom = Math.max(0.1, Math.min(2, (place.width * free) / frame.width, (place.height * free) / frame.height));
  return { zoom, scrollX: (place.width / zoom - frame.width) / 2, scrollY: (place.height / zoom - frame.height) / 2 };
}

export const surfaceFor = (page: Page, sheet: Sheet | null): readonly Drawn[] => {
  const drawn = drawnOf(page).map((element) => ({ ...element }));
  return sheet === null ? drawn : [sheetElement(sheet), ...drawn];
};

/** The surface with what the page knows better, or null when nothing is. */
export function newerOnPage(surface: readonly Drawn[], page: Page, busy: ReadonlySet<string>): readonly Drawn[] | null {
  const newer = newerThan(surface, page, busy);
  return newer.length === 0 ? null : surfaceWith(surface, newer);
}
