import { Button } from '@mantine/core';
import type { ReactElement } from 'react';

import { useText } from '@/i18n/use_text';
import type { RecordingState } from '@/protocol/messages.gen';

import classes from './RecordingMark.module.css';

export interface RecordingMarkProps {
  readonly state: RecordingState;
  readonly mayControl: boolean;
  readonly onPause: (paused: boolean) => void;
}

/** Everyone sees all the time that the class is recorded, or that it is paused. Who leads may pause. */
export function RecordingMark({ state, mayControl, onPause }: RecordingMarkProps): ReactElement | null {
  const { text } = useText();
  if (state === 'off') return null;
  const paused = state === 'paused';
  return (
    <span className={classes['mark']} data-testid="recording-mark" data-state={state}>
      <span role="status" className={classes['word']}>
        <span className={classes['dot']} data-paused={paused} aria-hidden="true" />
        {text(paused ? 'recording.paused' : 'recording.on')}
      </span>
      {mayControl ? (
        <Button size="compact-xs" variant="default" onClick={() => onPause(!paused)} data-testid="recording-pause">
          {text(paused ? 'recording.resume' : 'recording.pause')}
        </Button>
      ) : null}
    </span>
  );
}
