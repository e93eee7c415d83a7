import { Text } from '@mantine/core';
import type { ReactElement, ReactNode } from 'react';

import { useLesson } from '@/hooks/use_lesson';
import { useNow } from '@/hooks/use_now';
import { useText } from '@/i18n/use_text';

import classes from './ClassHeader.module.css';
import { Icon } from './icons';

/** From here on the end is in sight. */
const ENDS_SOON_MIN = 10;
const MINUTE_MS = 60_000;

export interface ClassHeaderProps {
  readonly title: string;
  readonly people: number;
  /** The mark that the class is recorded. */
  readonly recording: ReactNode;
}

/** The title, and what everybody has a right to know: the state of the class, who looks in, whether it is recorded. */
export function ClassHeader({ title, people, recording }: ClassHeaderProps): ReactElement {
  const { text } = useText();
  const status = useLesson((lesson) => lesson.status);
  return (
    <header className={classes['header']}>
      <Text fw={600} truncate aria-hidden="true" className={classes['title']}>
        {title}
      </Text>
      <div className={classes['marks']}>
        {recording}
        {status === null ? null : (
          <>
            {status.supervisor_present ? (
              <span className={classes['mark']} data-testid="supervisor-present">
                <Icon name="eye" size={16} />
                {text('class.supervisor')}
              </span>
            ) : null}
            {status.locked ? (
              <span className={classes['mark']} data-testid="locked">
                <Icon name="lock" size={16} />
                {text('class.locked')}
              </span>
            ) : null}
            <Phase phase={status.phase} endsUtc={status.ends_utc} />
          </>
        )}
        <Text size="sm" c="dimmed" className={classes['count']}>
          {text('room.people_count', { count: people })}
        </Text>
      </div>
    </header>
  );
}

function Phase({ phase, endsUtc }: { readonly phase: string; readonly endsUtc: string }): ReactElement | null {
  const { text } = useText();
  const now = useNow(true);
  if (phase === 'interrupted') {
    return (
      <span className={classes['mark']} data-testid="class-phase" data-phase={phase}>
        {text('class.interrupted')}
      </span>
    );
  }
  if (phase === 'scheduled' || phase === 'open') {
    return (
      <span className={classes['mark']} data-testid="class-phase" data-phase={phase}>
        {text('class.not_begun')}
      </span>
    );
  }
  const left = Math.ceil((Date.parse(endsUtc) - now) / MINUTE_MS);
  if (phase !== 'live' || Number.isNaN(left) || left > ENDS_SOON_MIN) return null;
  return (
    <span className={classes['mark']} data-testid="class-phase" data-phase={phase}>
      <Icon name="timer" size={16} />
      {left > 0 ? text('class.ends_in', { count: left }) : text('class.over_time')}
    </span>
  );
}
