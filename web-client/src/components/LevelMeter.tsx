import type { ReactElement } from 'react';

import { useMicLevel } from '@/hooks/use_mic_level';
import { useText } from '@/i18n/use_text';

import classes from './LevelMeter.module.css';

export function LevelMeter(): ReactElement {
  const { text } = useText();
  const level = useMicLevel();
  return (
    <div
      className={classes['meter']}
      role="meter"
      aria-label={text('check.level')}
      aria-valuemin={0}
      aria-valuemax={100}
      aria-valuenow={Math.round(level * 100)}
      data-testid="level-meter"
    >
      <div className={classes['bar']} style={{ '--level': level.toFixed(2) }} />
    </div>
  );
}
