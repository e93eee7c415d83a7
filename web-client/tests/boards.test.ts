import { describe, expect, it } from 'vitest';

import type { Drawn, Page } from '@/classroom/board_elements';
import { changedOn, drawnOf, ELEMENT_CHARS_MAX, emptyPage, fitted, inOrder, merge, newerThan, surfaceWith, wins } from '@/classroom/board_elements';
import type { BoardEvent, Boards } from '@/classroom/boards';
import { noBoards, openTask, ownCopy, reduceBoards, surfaceOf } from '@/classroom/boards';
import type { Sheet } from '@/conductor/sheets';
import { frameOf, lookAtFrame, sheetElement, surfaceFor } from '@/hooks/board_surface';
import type { Board, BoardPage, BoardTask } from '@/protocol/messages.gen';

import { seeded } from './random';

const element = (id: string, version: number, versionNonce = 1, more: object = {}): Drawn => ({ id, version, versionNonce, type: 'line', ...more });
const ids = (all: readonly Drawn[]): string[] => all.map((one) => `${String(one['id'])}${String(one['version'])}`);

describe('the merge rule', () => {
  it('takes the higher version, and with the same one the lower nonce', () => {
    expect(wins(element('a', 2), element('a', 1))).toBe(true);
    expect(wins(element('a', 1, 3), element('a', 1, 5))).toBe(true);
    expect(wins(element('a', 1, 5), element('a', 1, 5))).toBe(false);
    expect(wins(element('a', 1), undefined)).toBe(true);
    expect(wins({ id: 'a' }, undefined)).toBe(false);
  });

  it('ends in the same page whatever the order and however often a state comes', () => {
    const random = seeded(7);
    const states = Array.from({ length: 60 }, (_, at) => element(`e${at % 9}`, 1 + Math.floor(random() * 6), 1 + Math.floor(random() * 4)));
    const shuffled = (): Drawn[] => [...states, ...states].map((one) => ({ one, key: random() })).sort((a, b) => a.key - b.key).map(({ one }) => one);
    const stamp = (page: Page): string[] => [...page.values()].map((one) => `${String(one['id'])}/${String(one['version'])}/${String(one['versionNonce'])}`).sort();
    const expected = stamp(merge(emptyPage, states));
    for (let round = 0; round < 20; round += 1) {
      let page = emptyPage;
      for (const one of shuffled()) page = merge(page, [one]);
      expect(stamp(page)).toEqual(expected);
    }
  });

  it('leaves out pictures, foreign pages, links and our own sheet', () => {
    const page = merge(emptyPage, [element('a', 1, 1, { type: 'embeddable' }), element('b', 1, 1, { type: 'image' }), element('homeroom-sheet', 9), element('c', 1, 1, { link: 'https://example.org' })]);
    expect([...page.keys()]).toEqual(['c']);
    expect(page.get('c')?.['link']).toBe(null);
  });

  it('is the same page when nothing is new', () => {
    const page = merge(emptyPage, [element('a', 2)]);
    expect(merge(page, [element('a', 2), element('a', 1)])).toBe(page);
  });
});

describe('between the surface and the page', () => {
  it('sends copies of what is newer on the surface', () => {
    const drawn = { ...element('a', 2) };
    const changed = changedOn([drawn, element('b', 1)], merge(emptyPage, [element('b', 1)]));
    expect(ids(changed)).toEqual(['a2']);
    expect(changed[0]).not.toBe(drawn);
  });

  it('shows what is newer on the page, but not under a busy hand', () => {
    const page = merge(emptyPage, [element('a', 3), element('b', 2), element('c', 1)]);
    const surface = [element('a', 2), element('b', 1)];
    expect(ids(newerThan(surface, page, new Set(['a'])))).toEqual(['b2', 'c1']);
    expect(ids(surfaceWith(surface, newerThan(surface, page, new Set())))).toEqual(['a3', 'b2', 'c1']);
  });

  it('draws by index and keeps what has none on top', () => {
    expect(ids(inOrder([element('top', 1), element('b', 1, 1, { index: 'a1' }), element('a', 1, 1, { index: 'a0' })]))).toEqual(['a1', 'b1', 'top1']);
    expect(ids(drawnOf(merge(emptyPage, [element('a', 1, 1, { isDeleted: true }), element('b', 1)])))).toEqual(['b1']);
  });
});

const page = (id: string, number = 1, task: string | null = null, owner: string | null = null): BoardPage => ({ page_id: id, number, task_id: task, owner_id: owner });
const board: Board = { board_id: 'brd_1', key: 'k', kind: 'blank', material_id: null, group_id: null, pages: [page('p1'), page('p2', 2)], shown_page_id: 'p1' };
const task = (open: boolean): BoardTask => ({
  task_id: 't1', key: 'k', page_id: 'p1', prompt: 'Mark it', open, started_utc: '', ends_utc: null,
  copies: [page('c1', 1, 't1', 'par_a'), page('c2', 1, 't1', 'par_b')],
});
const play = (events: readonly BoardEvent[], from: Boards = noBoards): Boards => events.reduce(reduceBoards, from);
const opened = play([{ type: 'said', message: { type: 'board_opened', seq: 1, board } }]);

describe('boards', () => {
  it('shows the page that everyone is shown, and no board after it was closed', () => {
    expect(surfaceOf(opened, 'par_a')).toMatchObject({ kind: 'shown', pageId: 'p1', number: 1 });
    const turned = play([{ type: 'said', message: { type: 'board_page', seq: 2, board: { ...board, shown_page_id: 'p2' } } }], opened);
    expect(surfaceOf(turned, 'par_a')?.pageId).toBe('p2');
    expect(surfaceOf(play([{ type: 'said', message: { type: 'board_opened', seq: 3, board: null } }], turned), 'par_a')).toBe(null);
  });

  it('gives a student their own copy while a task is open, and lets them put it aside', () => {
    const working = play([{ type: 'said', message: { type: 'board_tasks', seq: 2, tasks: [task(true)] } }], opened);
    expect(surfaceOf(working, 'par_b')).toMatchObject({ kind: 'copy', pageId: 'c2', ownerId: 'par_b' });
    expect(surfaceOf(working, 'par_teacher')).toMatchObject({ kind: 'shown', pageId: 'p1' });
    const aside = play([{ type: 'aside', aside: true }], working);
    expect(surfaceOf(aside, 'par_b')?.kind).toBe('shown');
    const ended = play([{ type: 'said', message: { type: 'board_tasks', seq: 3, tasks: [task(false)] } }], working);
    expect(openTask(ended)).toBe(null);
    expect(ownCopy(ended, 'par_b')).toBe(null);
  });

  it('lets staff look at a copy until a board is opened', () => {
    const looking = play([{ type: 'said', message: { type: 'board_tasks', seq: 2, tasks: [task(true)] } }, { type: 'look', pageId: 'c1' }], opened);
    expect(surfaceOf(looking, 'par_teacher')).toMatchObject({ kind: 'looking', ownerId: 'par_a' });
    expect(surfaceOf(play([{ type: 'said', message: { type: 'board_opened', seq: 4, board } }], looking), 'par_teacher')?.kind).toBe('shown');
  });

  it('keeps unsent strokes over a fresh snapshot, and knows which pages are whole', () => {
    const drawn = play([{ type: 'drawn', pageId: 'p1', elements: [element('mine', 3)] }], opened);
    expect(drawn.whole.has('p1')).toBe(false);
    const snapshot = { boards: [board], shown_board_id: 'brd_1', tasks: [], elements: [{ page_id: 'p1', elements: [element('mine', 2), element('theirs', 1)] }] };
    const after = play([{ type: 'snapshot', boards: snapshot }], drawn);
    expect(ids([...(after.pages.get('p1')?.values() ?? [])]).sort()).toEqual(['mine3', 'theirs1']);
    expect(after.whole.has('p1')).toBe(true);
    expect(play([{ type: 'forget', pageId: 'p1' }], after).pages.has('p1')).toBe(false);
  });
});

describe('the frame', () => {
  const sheet: Sheet = { dataUrl: '', mediaType: 'image/png', width: 600, height: 800 };

  it('is in view on every screen, in the middle', () => {
    for (const place of [{ width: 1027, height: 640 }, { width: 373, height: 500 }, { width: 2_400, height: 900 }]) {
      for (const frame of [frameOf(null), frameOf(sheet)]) {
        const look = lookAtFrame(frame, place);
        const [left, top] = [look.scrollX * look.zoom, look.scrollY * look.zoom];
        expect(left).toBeGreaterThanOrEqual(0);
        expect(top).toBeGreaterThanOrEqual(0);
        expect(left + frame.width * look.zoom).toBeLessThanOrEqual(place.width + 0.001);
        expect(top + frame.height * look.zoom).toBeLessThanOrEqual(place.height + 0.001);
      }
    }
  });

  it('gives every sheet the same width, whatever its pixels, and keeps it out of what is shared', () => {
    expect(frameOf(sheet)).toEqual({ width: 1_000, height: 1_333 });
    expect(changedOn([sheetElement(sheet)], emptyPage)).toEqual([]);
    expect(ids(surfaceFor(merge(emptyPage, [element('a', 1, 1, { index: 'a0' })]), sheet))).toEqual(['homeroom-sheet1', 'a1']);
  });
});

describe('what travels', () => {
  it('fits: fewer digits, and fewer points of a stroke that never ends', () => {
    const points = Array.from({ length: 9_000 }, (_, at) => [at * 1.23456789, at / 3]);
    const long = fitted(element('a', 1, 1, { points, pressures: points.map(() => 0.5) }));
    expect(JSON.stringify(long).length).toBeLessThanOrEqual(ELEMENT_CHARS_MAX);
    expect((long['points'] as unknown[]).length).toBe((long['pressures'] as unknown[]).length);
    expect((long['points'] as unknown[]).at(-1)).toEqual([11_109.9, 2_999.7]);
    expect(fitted(element('b', 1, 1, { points: [[0.123, 4.567]] }))['points']).toEqual([[0.1, 4.6]]);
  });
});
