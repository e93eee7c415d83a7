import { Button } from '@mantine/core';
import type { ReactElement } from 'react';

import { useText } from '@/i18n/use_text';

import { Icon } from './icons';
import classes from './StatusBanner.module.css';

export type Status = 'none' | 'offline' | 'reconnecting' | 'media';

export interface StatusBannerProps {
  readonly status: Status;
  readonly soundBlocked: boolean;
  readonly onSound: () => void;
}

/** A quiet mark at the top: what is being put right, without a dialog in anybody's face. */
export function StatusBanner({ status, soundBlocked, onSound }: StatusBannerProps): ReactElement | null {
  const { text } = useText();
  if (status === 'none' && !soundBlocked) return null;
  return (
    <div className={classes['banner']} data-testid="status-banner" data-status={status}>
      {status === 'none' ? null : (
        <span className={classes['line']}>
          <span className={classes['dot']} aria-hidden="true" />
          {text(`status.${status}`)}
        </span>
      )}
      {soundBlocked ? (
        <span className={classes['line']}>
          {text('status.sound_blocked')}
          <Button size="compact-sm" leftSection={<Icon name="sound" size={16} />} onClick={onSound} data-testid="sound-start">
            {text('status.sound_start')}
          </Button>
        </span>
      ) : null}
    </div>
  );
}
