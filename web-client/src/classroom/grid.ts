/** How many tiles fit into a box, and how large they are. Pure arithmetic in CSS pixels. */

export interface Size {
  readonly width: number;
  readonly height: number;
}

export interface GridShape {
  readonly columns: number;
  readonly rows: number;
  readonly tile: Size;
}

export const GAP = 8;
const ASPECT = 16 / 9;
/** Below this a face and its name are no longer readable. */
const TILE_WIDTH_MIN = 150;
/**
 * A tile may be squarer than the camera, and the picture is then cropped at its sides: a little on a desktop, down to a
 * square on an upright phone, whose screen would stay half empty otherwise.
 */
const ASPECT_MIN_WIDE = 4 / 3;
const ASPECT_MIN_UPRIGHT = 1;

function tileFor(box: Size, columns: number, rows: number): Size {
  const width = (box.width - GAP * (columns - 1)) / columns;
  const height = (box.height - GAP * (rows - 1)) / rows;
  if (width <= 0 || height <= 0) return { width: 0, height: 0 };
  const aspect = width / height;
  if (aspect > ASPECT) return { width: Math.floor(height * ASPECT), height: Math.floor(height) };
  const least = box.width > box.height ? ASPECT_MIN_WIDE : ASPECT_MIN_UPRIGHT;
  if (aspect < least) return { width: Math.floor(width), height: Math.floor(width / least) };
  return { width: Math.floor(width), height: Math.floor(height) };
}

/** How many tiles one page can hold at most; never more than `slotsMax`, never less than one. */
export function gridCapacity(box: Size, slotsMax: number): number {
  const columns = Math.max(1, Math.floor((box.width + GAP) / (Math.min(TILE_WIDTH_MIN, box.width / 2 - GAP) + GAP)));
  const tileHeight = TILE_WIDTH_MIN / ASPECT;
  const rows = Math.max(1, Math.floor((box.height + GAP) / (tileHeight + GAP)));
  return Math.max(1, Math.min(slotsMax, columns * rows));
}

/** The shape that makes `count` tiles largest. */
export function gridShape(box: Size, count: number): GridShape {
  let best: GridShape = { columns: 1, rows: Math.max(1, count), tile: tileFor(box, 1, Math.max(1, count)) };
  for (let columns = 2; columns <= count; columns += 1) {
    const rows = Math.ceil(count / columns);
    const tile = tileFor(box, columns, rows);
    if (tile.width * tile.height > best.tile.width * best.tile.height) best = { columns, rows, tile };
  }
  return best;
}
