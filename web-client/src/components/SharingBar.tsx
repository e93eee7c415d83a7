import { Button, SegmentedControl } from '@mantine/core';
import type { ReactElement } from 'react';

import type { ShareKind } from '@/rtc/capture';
import { useText } from '@/i18n/use_text';

import classes from './SharingBar.module.css';

export interface SharingBarProps {
  readonly kind: ShareKind;
  readonly sound: boolean;
  readonly onKind: (kind: ShareKind) => void;
  readonly onStop: () => void;
}

/** While one shares: that it is so, how it is sent, and the way to end it. */
export function SharingBar({ kind, sound, onKind, onStop }: SharingBarProps): ReactElement {
  const { text } = useText();
  return (
    <div className={classes['bar']} data-testid="sharing-bar">
      <strong>{sound ? text('room.sharing_sound') : text('room.sharing')}</strong>
      <SegmentedControl
        size="xs"
        aria-label={text('room.share_kind')}
        value={kind}
        onChange={(value) => onKind(value === 'motion' ? 'motion' : 'text')}
        data={[
          { value: 'text', label: text('room.share_text') },
          { value: 'motion', label: text('room.share_motion') },
        ]}
      />
      <Button size="compact-sm" color="var(--hr-danger)" onClick={onStop} data-testid="share-stop">
        {text('room.share_stop')}
      </Button>
    </div>
  );
}
