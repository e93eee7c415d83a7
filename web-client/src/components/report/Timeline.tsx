import { Text } from '@mantine/core';
import type { ReactElement } from 'react';

import { hasText } from '@/i18n/texts';
import { useText } from '@/i18n/use_text';
import type { TimelineEntry } from '@/protocol/records';

import { secondOf } from '../instants';
import classes from './report.module.css';

export interface TimelineProps {
  readonly entries: readonly TimelineEntry[];
  readonly names: ReadonlyMap<string, string>;
}

/** What happened, in its order. */
export function Timeline({ entries, names }: TimelineProps): ReactElement {
  const { text, language } = useText();
  if (entries.length === 0) return <Text c="dimmed">{text('report.nothing')}</Text>;
  const words = (entry: TimelineEntry): string => {
    const key = `timeline.${entry.kind}`;
    // A kind newer than this page: its name is better than a hole.
    const what = hasText(key) ? text(key as 'timeline.live', { name: names.get(entry.seat_id ?? '') ?? '' }) : entry.kind;
    return entry.text === null || entry.text === '' ? what : `${what}: ${entry.text}`;
  };
  return (
    <ol className={classes['timeline']} data-testid="report-timeline">
      {entries.map((entry, at) => (
        <li key={at} data-kind={entry.kind}>
          <time dateTime={entry.at_utc}>{secondOf(entry.at_utc, language)}</time>
          <span>{words(entry)}</span>
        </li>
      ))}
    </ol>
  );
}
