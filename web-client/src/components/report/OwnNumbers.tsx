import type { ReactElement } from 'react';

import { clockOf } from '@/hooks/use_time_left';
import { hasText } from '@/i18n/texts';
import { useText } from '@/i18n/use_text';
import type { ReportPerson } from '@/protocol/records';

import { secondOf } from '../instants';
import { deedsOf } from './PeopleTable';
import classes from './report.module.css';

const DEEDS = ['answered', 'right', 'talk', 'turns', 'hands', 'chat', 'reactions', 'board'] as const;

/** One's own row, as a list. */
export function OwnNumbers({ me }: { readonly me: ReportPerson }): ReactElement {
  const { text, language } = useText();
  const { attendance } = me;
  const time = (utc: string | null): string => (utc === null ? '–' : secondOf(utc, language));
  const status = attendance.status;
  const deeds = deedsOf(me.engagement, me.role === 'student');
  const rows: readonly (readonly [string, string])[] = [
    ...(status === null ? [] : [[text('report.col.status'), hasText(`attendance.${status}`) ? text(`attendance.${status}` as 'attendance.present') : status] as const]),
    [text('report.col.arrived'), time(attendance.arrived_utc)],
    [text('report.col.left'), time(attendance.left_utc)],
    [text('report.col.present'), clockOf(attendance.present_s)],
    ...DEEDS.map((one, at) => [text(`report.col.${one}`), deeds[at] ?? '–'] as const),
  ];
  return (
    <dl className={classes['own']} data-testid="own-numbers">
      {rows.map(([label, words]) => [<dt key={`${label}-t`}>{label}</dt>, <dd key={`${label}-d`}>{words}</dd>])}
    </dl>
  );
}
