import { Text } from '@mantine/core';
import type { ReactElement } from 'react';

import { hasText } from '@/i18n/texts';
import { useText } from '@/i18n/use_text';
import type { ReportCheck } from '@/protocol/records';

import { secondOf } from '../instants';
import classes from './report.module.css';

export function ChecksTable({ checks }: { readonly checks: readonly ReportCheck[] }): ReactElement {
  const { text, language } = useText();
  if (checks.length === 0) return <Text c="dimmed">{text('report.no_checks')}</Text>;
  const kind = (one: ReportCheck): string => (hasText(`check_kind.${one.kind}`) ? text(`check_kind.${one.kind}` as 'check_kind.poll') : one.kind);
  return (
    <div className={classes['scroll']} tabIndex={0} role="region" aria-label={text('report.checks')}>
      <table data-testid="report-checks">
        <thead>
          <tr>
            <th scope="col">{text('report.question')}</th>
            <th scope="col">{text('report.kind')}</th>
            <th scope="col">{text('report.time')}</th>
            <th scope="col" className={classes['num']}>
              {text('report.col.answered')}
            </th>
            <th scope="col" className={classes['num']}>
              {text('report.col.right')}
            </th>
          </tr>
        </thead>
        <tbody>
          {checks.map((one) => (
            <tr key={one.check_id} data-testid="report-check">
              <th scope="row">{one.title}</th>
              <td>{kind(one)}</td>
              <td>
                {secondOf(one.opened_utc, language)}
                {one.closed_utc === null ? '' : ` – ${secondOf(one.closed_utc, language)}`}
              </td>
              <td className={classes['num']}>
                {one.answered}/{one.asked}
              </td>
              <td className={classes['num']}>{one.correct ?? '–'}</td>
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  );
}
