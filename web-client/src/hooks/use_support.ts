import { useState } from 'react';

import { readSupport } from '@/conductor/checks';
import type { Support } from '@/rtc/support';

/** What the browser can do does not change while a page is open. */
export function useSupport(): Support {
  return useState(readSupport)[0];
}
