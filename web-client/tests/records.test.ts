import { describe, expect, it } from 'vitest';

import { deedsOf } from '@/components/report/PeopleTable';
import { sizeOf } from '@/components/sizes';
import { MaterialList, UPLOADS_MAX } from '@/conductor/material_list';
import { loadRecord } from '@/conductor/records';
import { Sheets } from '@/conductor/sheets';
import { clockOf } from '@/hooks/use_time_left';
import { recordAddress, sibling } from '@/protocol/address';
import { Refused } from '@/protocol/errors';
import type { Engagement, Material, OwnRecord, RecordsApi, Report } from '@/protocol/records';

import { settle } from './fake_clock';

const material = (id: string): Material => ({
  material_id: id, name: `${id}.pdf`, media_type: 'application/pdf', bytes: 1, pages: null, width: null, height: null,
  audience: 'class', uploaded_by: { seat_id: 's', display_name: 'Ben' }, uploaded_utc: '',
});

describe('addresses', () => {
  it('lead to the pages of a link and to nothing else', () => {
    expect(recordAddress('/j/abc_-1/report')).toEqual({ token: 'abc_-1', page: 'report' });
    expect(recordAddress('/j/abc/day/')).toEqual({ token: 'abc', page: 'day' });
    for (const path of ['/j/abc', '/j/abc/other', '/report', '/j/a%2Fb/report', `/j/${'x'.repeat(201)}/day`]) expect(recordAddress(path), path).toBe(null);
    expect(sibling('/j/abc/report', 'class')).toBe('/j/abc');
    expect(sibling('/j/abc', 'day')).toBe('/j/abc/day');
    expect(sibling('/', 'report')).toBe(null);
  });
});

describe('the record', () => {
  const api = (report: () => Promise<Report>): RecordsApi => ({ report, mine: () => Promise.resolve({ final: true } as OwnRecord) }) as unknown as RecordsApi;

  it('is the own row for whoever may not read the whole', async () => {
    expect(await loadRecord(api(() => Promise.reject(new Refused('not_allowed', ''))))).toMatchObject({ kind: 'own' });
    await expect(loadRecord(api(() => Promise.reject(new Refused('link_revoked', ''))))).rejects.toThrow('link_revoked');
  });

  it('shows a dash where there was no opportunity, and a nought where there was', () => {
    const none: Engagement = {
      index: null, formula_version: 1, checks: { asked: 0, answered: 0, graded: 0, correct: 0, response_s_median: null }, tasks: { asked: 0, done: 0 },
      talk: { talk_s: 0, turns: 0, share: null, could_speak: false }, hands: 0, chat: 0, reactions: 0, board: 0, longest_inactive_s: null, taken_part: false,
    };
    expect(deedsOf(none, true)).toEqual(['–', '–', '–', '–', '0', '0', '0', '0', '–']);
    const some: Engagement = { ...none, index: 63.6, checks: { ...none.checks, asked: 4, graded: 2 }, talk: { talk_s: 75.4, turns: 3, share: 0.2, could_speak: true } };
    expect(deedsOf(some, true)).toEqual(['0/4', '0/2', '1:15', '3', '0', '0', '0', '0', '64']);
  });

  it('writes times and sizes as people read them', () => {
    expect([0, 65, 3_600, 3_725].map(clockOf)).toEqual(['0:00', '1:05', '1:00:00', '1:02:05']);
    expect(sizeOf(48_213, 'en')).toBe('48 kB');
    expect(sizeOf(1_234_567, 'en')).toBe('1.2 MB');
  });
});

describe('materials', () => {
  it('uploads a few at a time and keeps what went wrong until it is read', async () => {
    const ends: ((one: Material) => void)[] = [];
    let keys = 0;
    const list = new MaterialList(
      {
        materials: () => Promise.resolve([]),
        materialFile: () => Promise.reject(new Refused('not_found', '')),
        removeMaterial: () => Promise.resolve(),
        upload: (file) => (file.name === 'bad' ? Promise.reject(new Refused('type_refused', 'no')) : new Promise((resolve) => ends.push(resolve))),
      },
      () => `key-${++keys}`,
    );
    list.upload([{ name: 'bad' } as File]);
    await settle();
    expect(list.store.get().uploads).toMatchObject([{ name: 'bad', problem: { code: 'type_refused' } }]);
    list.upload(Array.from({ length: UPLOADS_MAX + 1 }, (_, at) => ({ name: `file-${at}` }) as File));
    expect(list.store.get().problem?.code).toBe('uploads_max');
    expect(ends.length).toBe(UPLOADS_MAX);
    ends[0]?.(material('m1'));
    await settle();
    expect(list.store.get().list.map((one) => one.material_id)).toEqual(['m1']);
    list.dismiss('key-1');
    expect(list.store.get().uploads.some((one) => one.name === 'bad')).toBe(false);
    expect(await list.file('m1')).toBe(null);
    expect(list.store.get().problem?.code).toBe('not_found');
  });
});

describe('sheets', () => {
  it('fetches a file once for all its pages, and again only after a failure', async () => {
    let fetched = 0;
    let broken = true;
    const page = { dataUrl: 'data:,', mediaType: 'image/png' as const, width: 1, height: 1 };
    const sheets = new Sheets(
      { materialFile: () => (fetched++, broken ? Promise.reject(new Refused('unreachable', '')) : Promise.resolve(new Blob([''], { type: 'application/pdf' }))) },
      { pdf: () => Promise.resolve({ count: 3, page: () => Promise.resolve(page) }), measure: () => Promise.reject(new Error('unused')) },
    );
    await expect(sheets.sheet('m', 1)).rejects.toThrow();
    broken = false;
    await settle();
    await Promise.all([sheets.sheet('m', 1), sheets.sheet('m', 2), sheets.sheet('m', 1)]);
    expect(await sheets.pageCount('m')).toBe(3);
    expect(fetched).toBe(2);
  });
});
