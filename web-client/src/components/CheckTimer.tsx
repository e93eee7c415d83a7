import type { ReactElement } from 'react';

import { useNow } from '@/hooks/use_now';
import { useText } from '@/i18n/use_text';

import { Icon } from './icons';

/** What is left, in minutes and seconds. Not a live region: a countdown that is read out drowns the question. */
export function CheckTimer({ closesUtc }: { readonly closesUtc: string | null }): ReactElement | null {
  const { text } = useText();
  const now = useNow(closesUtc !== null);
  if (closesUtc === null) return null;
  const left = Math.max(0, Math.ceil((Date.parse(closesUtc) - now) / 1_000));
  const words = `${Math.floor(left / 60)}:${String(left % 60).padStart(2, '0')}`;
  return (
    <span style={{ display: 'inline-flex', gap: 4, alignItems: 'center' }} data-testid="check-timer">
      <Icon name="timer" size={16} />
      <span className="hr-hidden">{text('checks.time_left')}</span>
      {words}
    </span>
  );
}
