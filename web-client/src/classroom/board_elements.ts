/**
 * Drawings as the class shares them: elements by id, of which the newer state wins. Excalidraw's own objects, of which we
 * read the id and the stamp and keep the rest as it is. Pure; the same rule as the server's.
 */
import type { Elements } from '@/protocol/messages.gen';

export type Drawn = Elements[number];
/** All elements of one page that are known, deleted ones too: a deletion must win against an older stroke. */
export type Page = ReadonlyMap<string, Drawn>;

export const emptyPage: Page = new Map();

interface Stamp {
  readonly id: string;
  readonly version: number;
  readonly nonce: number;
}

/** What no class draws: pictures travel as materials, and nothing of a foreign page is ever shown inside ours. */
const LEFT_OUT = new Set(['image', 'embeddable', 'iframe', 'magicframe']);
/** Elements that only this page has, such as the sheet under the drawing. */
export const OWN_PREFIX = 'homeroom-';

export function stampOf(element: Drawn): Stamp | null {
  const { id, version, versionNonce: nonce } = element;
  if (typeof id !== 'string' || typeof version !== 'number' || typeof nonce !== 'number') return null;
  return { id, version, nonce };
}

export function isShared(element: Drawn): boolean {
  const stamp = stampOf(element);
  return stamp !== null && !stamp.id.startsWith(OWN_PREFIX) && !LEFT_OUT.has(String(element['type']));
}

/** Does `one` replace `other`? The higher version, and with the same version the lower nonce. */
export function wins(one: Drawn, other: Drawn | undefined): boolean {
  const mine = stampOf(one);
  if (mine === null) return false;
  const theirs = other === undefined ? null : stampOf(other);
  if (theirs === null) return true;
  return mine.version > theirs.version || (mine.version === theirs.version && mine.nonce < theirs.nonce);
}

/** A drawing carries no way out of the page: links in chat and boards are for staff to give elsewhere. */
function tamed(element: Drawn): Drawn {
  return element['link'] === null || element['link'] === undefined ? element : { ...element, link: null };
}

/** What of `incoming` is new, and the page with it. The same page, when nothing is. */
export function merge(page: Page, incoming: readonly Drawn[]): Page {
  let next: Map<string, Drawn> | null = null;
  for (const element of incoming) {
    const stamp = stampOf(element);
    if (stamp === null || !isShared(element) || !wins(element, (next ?? page).get(stamp.id))) continue;
    next ??= new Map(page);
    next.set(stamp.id, tamed(element));
  }
  return next ?? page;
}

/** One stroke may be this large on its way; the server takes a little more. */
export const ELEMENT_CHARS_MAX = 44_000;
/** A tenth of a point is finer than any eye, and each update sends and stores all points of a stroke. */
const FINENESS = 10;
const PRESSURE_FINENESS = 100;

const rounded = (value: unknown, fineness: number): unknown => (typeof value === 'number' ? Math.round(value * fineness) / fineness : value);

const isPoint = (value: unknown): value is readonly [number, number] => Array.isArray(value) && value.length === 2 && value.every((one) => typeof one === 'number');

/** As it travels: no more digits than eyes can tell apart, and a stroke that is too long with every second point. */
export function fitted(element: Drawn): Drawn {
  const { points } = element;
  if (!Array.isArray(points) || !points.every(isPoint)) return element;
  const round = (value: number): number => Math.round(value * FINENESS) / FINENESS;
  let fine: readonly (readonly [number, number])[] = points.map(([x, y]) => [round(x), round(y)] as const);
  let pressures = Array.isArray(element['pressures']) ? element['pressures'].map((one: unknown) => rounded(one, PRESSURE_FINENESS)) : null;
  const made = (): Drawn => ({ ...element, points: fine, ...(pressures === null ? {} : { pressures }) });
  while (fine.length > 4 && JSON.stringify(made()).length > ELEMENT_CHARS_MAX) {
    const keep = (_: unknown, at: number): boolean => at % 2 === 0 || at === fine.length - 1;
    pressures = pressures?.length === fine.length ? pressures.filter(keep) : pressures;
    fine = fine.filter(keep);
  }
  return made();
}

/** Copies of what is newer on the drawing surface than on the page: Excalidraw changes its objects in place. */
export function changedOn(surface: readonly Drawn[], page: Page): readonly Drawn[] {
  return surface.flatMap((element) => {
    const stamp = stampOf(element);
    return stamp !== null && isShared(element) && wins(element, page.get(stamp.id)) ? [fitted(tamed({ ...element }))] : [];
  });
}

/** What the page knows better than the surface; `busy` is under the person's hands and is left alone meanwhile. */
export function newerThan(surface: readonly Drawn[], page: Page, busy: ReadonlySet<string>): readonly Drawn[] {
  const shown = new Map(surface.map((element) => [String(element['id']), element]));
  const isNews = (id: string, element: Drawn): boolean => shown.has(id) || element['isDeleted'] !== true;
  return [...page].flatMap(([id, element]) => (!busy.has(id) && isNews(id, element) && wins(element, shown.get(id)) ? [element] : []));
}

/** The surface with what the page knows better, in drawing order. Copies, because Excalidraw changes its objects. */
export function surfaceWith(surface: readonly Drawn[], newer: readonly Drawn[]): readonly Drawn[] {
  const byId = new Map(newer.map((element) => [String(element['id']), element]));
  const kept = surface.map((element) => {
    const better = byId.get(String(element['id']));
    byId.delete(String(element['id']));
    // Of a deleted element only the mark travels; its shape stays ours, for whoever undoes.
    return better === undefined ? element : { ...element, ...better };
  });
  return inOrder([...kept, ...[...byId.values()].map((element) => ({ ...element }))]);
}

/** Excalidraw's fractional index orders by plain comparison; whatever has none yet lies on top, as it came. */
export function inOrder(elements: readonly Drawn[]): readonly Drawn[] {
  const key = (element: Drawn): string => (typeof element['index'] === 'string' ? element['index'] : '\uffff');
  return elements
    .map((element, at) => ({ element, at, key: key(element) }))
    .sort((a, b) => (a.key < b.key ? -1 : a.key > b.key ? 1 : a.at - b.at))
    .map(({ element }) => element);
}

/** How much there is to see on a page. */
export function countOf(page: Page): number {
  let count = 0;
  for (const element of page.values()) if (element['isDeleted'] !== true) count += 1;
  return count;
}

export const drawnOf = (page: Page): readonly Drawn[] => inOrder([...page.values()].filter((element) => element['isDeleted'] !== true));
