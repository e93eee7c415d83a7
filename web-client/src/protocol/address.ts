/** What an address of this site means. The link itself is the key to everything that belongs to its Seat. */
const PAGE = /^\/j\/([A-Za-z0-9_-]{1,200})\/(report|day)\/?$/;

export type RecordPage = 'report' | 'day';

/** `/j/<token>/report` and `/j/<token>/day`; null for anything else. */
export function recordAddress(path: string): { readonly token: string; readonly page: RecordPage } | null {
  const found = PAGE.exec(path);
  const [token, page] = [found?.[1], found?.[2]];
  if (token === undefined || (page !== 'report' && page !== 'day')) return null;
  return { token, page };
}

/** The address of another page of the same link; null outside of a link. */
export function sibling(path: string, page: RecordPage | 'class'): string | null {
  const token = /^\/j\/([A-Za-z0-9_-]{1,200})(?:\/|$)/.exec(path)?.[1];
  if (token === undefined) return null;
  return page === 'class' ? `/j/${token}` : `/j/${token}/${page}`;
}
