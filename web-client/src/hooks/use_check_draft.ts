import { useState } from 'react';

import * as drafts from '@/conductor/check_drafts';
import type { CheckDraft } from '@/classroom/check_draft';

export const { changeOption, hasOptions, OPTIONS_MAX, OPTIONS_MIN, problemOf, specOf, withOption, withoutOption } = drafts;

/** What is being written survives a panel that is closed and opened again; it ends with the page. */
let begun: CheckDraft = drafts.firstDraft;

export function useCheckDraft(): { readonly draft: CheckDraft; readonly set: (draft: CheckDraft) => void; readonly clear: () => void } {
  const [draft, setDraft] = useState(begun);
  const set = (next: CheckDraft): void => {
    begun = next;
    setDraft(next);
  };
  return { draft, set, clear: () => set(drafts.firstDraft) };
}
