/** The record of a class for its pages: what was asked for, and why it is not there. */
import { sibling } from '@/protocol/address';
import type { RecordPage } from '@/protocol/address';
import { Refused } from '@/protocol/errors';
import type { Day, OwnRecord, RecordsApi, Report } from '@/protocol/records';
import { recordsApi } from '@/protocol/records';

import type { Problem } from './state';

export { recordAddress } from '@/protocol/address';
export { recordsApi };

export type RecordOf = { readonly kind: 'class'; readonly report: Report } | { readonly kind: 'own'; readonly own: OwnRecord };

/** Staff read the whole class, everybody else themselves: the server decides which. */
export async function loadRecord(api: RecordsApi): Promise<RecordOf> {
  try {
    return { kind: 'class', report: await api.report() };
  } catch (error) {
    if (!(error instanceof Refused) || error.code !== 'not_allowed') throw error;
    return { kind: 'own', own: await api.mine() };
  }
}

export const loadDay = (api: RecordsApi): Promise<Day> => api.day();

export const problemOf = (error: unknown): Problem => (error instanceof Refused ? { code: error.code, text: error.text } : { code: 'unreachable', text: '' });

/** Another page of the link in the address bar. */
export const pageOfThisLink = (page: RecordPage | 'class'): string | null => sibling(location.pathname, page);
