import { Button } from '@mantine/core';
import type { ReactElement } from 'react';

import { clockOf } from '@/hooks/use_time_left';
import { hasText } from '@/i18n/texts';
import { useText } from '@/i18n/use_text';
import type { Engagement, ReportPerson } from '@/protocol/records';

import { secondOf } from '../instants';
import classes from './report.module.css';

export interface PeopleTableProps {
  readonly people: readonly ReportPerson[];
  readonly onCorrect: (person: ReportPerson) => void;
}

/** What has no opportunity is a dash and not a nought. */
const NONE = '–';

export function PeopleTable({ people, onCorrect }: PeopleTableProps): ReactElement {
  const { text } = useText();
  const columns = ['status', 'arrived', 'left', 'present', 'late'] as const;
  const deeds = ['answered', 'right', 'talk', 'turns', 'hands', 'chat', 'reactions', 'board', 'index'] as const;
  return (
    <div className={classes['scroll']} tabIndex={0} role="region" aria-label={text('report.attendance')}>
      <table data-testid="report-people">
        <thead>
          <tr>
            <th scope="col">{text('report.name')}</th>
            {columns.map((one) => (
              <th key={one} scope="col">
                {text(`report.col.${one}`)}
              </th>
            ))}
            {deeds.map((one) => (
              <th key={one} scope="col" className={classes['num']}>
                {text(`report.col.${one}`)}
              </th>
            ))}
            <th scope="col" className={classes['noprint']}>
              <span className="hr-hidden">{text('report.correct')}</span>
            </th>
          </tr>
        </thead>
        <tbody>
          {people.map((person) => (
            <Row key={person.seat_id} person={person} onCorrect={onCorrect} />
          ))}
        </tbody>
      </table>
    </div>
  );
}

function Row({ person, onCorrect }: { readonly person: ReportPerson; readonly onCorrect: (person: ReportPerson) => void }): ReactElement {
  const { text, language } = useText();
  const { attendance, engagement, role } = person;
  const time = (utc: string | null): string => (utc === null ? NONE : secondOf(utc, language));
  return (
    <tr data-testid="report-person" data-name={person.display_name} data-status={attendance.status ?? ''} data-present-s={attendance.present_s}>
      <th scope="row">
        {person.display_name}
        {role === 'student' ? null : <span className={classes['note']}>{hasText(`role.${role}`) ? text(`role.${role}` as 'role.student') : role}</span>}
      </th>
      <td>
        <Status person={person} />
      </td>
      <td>{time(attendance.arrived_utc)}</td>
      <td>{time(attendance.left_utc)}</td>
      <td>
        {clockOf(attendance.present_s)}
        {attendance.present_ratio === null ? null : <span className={classes['note']}>{percent(attendance.present_ratio, language)}</span>}
        {attendance.reconnects === 0 ? null : <span className={classes['note']}>{text('report.reconnects', { count: attendance.reconnects })}</span>}
      </td>
      <td>{attendance.late_s === null || attendance.late_s === 0 ? NONE : clockOf(attendance.late_s)}</td>
      {deedsOf(engagement, role === 'student').map((words, at) => (
        <td key={at} className={classes['num']}>
          {words}
        </td>
      ))}
      <td className={classes['noprint']}>
        {role === 'student' ? (
          <Button size="compact-xs" variant="default" onClick={() => onCorrect(person)} aria-label={text('report.correct_named', { name: person.display_name })} data-testid="report-correct">
            {text('report.correct')}
          </Button>
        ) : null}
      </td>
    </tr>
  );
}

export function deedsOf(engagement: Engagement, student: boolean): readonly string[] {
  const { checks, talk } = engagement;
  return [
    student && checks.asked > 0 ? `${checks.answered}/${checks.asked}` : NONE,
    student && checks.graded > 0 ? `${checks.correct}/${checks.graded}` : NONE,
    talk.could_speak ? clockOf(Math.round(talk.talk_s)) : NONE,
    talk.could_speak ? String(talk.turns) : NONE,
    String(engagement.hands),
    String(engagement.chat),
    String(engagement.reactions),
    String(engagement.board),
    engagement.index === null ? NONE : String(Math.round(engagement.index)),
  ];
}

export const percent = (ratio: number, language: string): string => new Intl.NumberFormat(language, { style: 'percent' }).format(ratio);

/** The status that counts, and beside it what was measured where a person has said otherwise. */
function Status({ person }: { readonly person: ReportPerson }): ReactElement {
  const { text } = useText();
  const { status, measured_status: measured, corrections = [] } = person.attendance;
  const words = (one: string | null): string => (one !== null && hasText(`attendance.${one}`) ? text(`attendance.${one}` as 'attendance.present') : (one ?? NONE));
  const last = corrections.at(-1);
  return (
    <>
      {words(status)}
      {last === undefined ? null : (
        <span className={classes['note']}>
          {text('report.corrected', { measured: words(measured), by: last.corrected_by.display_name, reason: last.reason })}
        </span>
      )}
    </>
  );
}
