import { Alert, Stack, Text } from '@mantine/core';
import type { ReactElement } from 'react';

import type { OwnSessionView } from '@/hooks/use_own_session';
import { clockOf, useTimeLeft } from '@/hooks/use_time_left';
import { useText } from '@/i18n/use_text';

import { instantOf } from './instants';

const DAY_S = 86_400;

/** How long until the class begins, by the server's clock; for more than a day in whole days. */
export function Countdown({ view }: { readonly view: OwnSessionView }): ReactElement | null {
  const { text } = useText();
  const starts = new Date(Date.parse(view.own.session.starts_utc) - view.aheadMs).toISOString();
  const left = useTimeLeft(starts);
  if (left === null) return null;
  const words = left === 0 ? text('countdown.now') : left >= 2 * DAY_S ? text('countdown.days', { count: Math.floor(left / DAY_S) }) : clockOf(left);
  return (
    <Stack gap={2} data-testid="countdown" data-left={left}>
      <Text size="sm" c="dimmed">
        {text('countdown.label')}
      </Text>
      <Text role="timer" aria-live="off" fz={left >= 2 * DAY_S || left === 0 ? 24 : 40} fw={650} lh={1.1} style={{ fontVariantNumeric: 'tabular-nums' }}>
        {words}
      </Text>
    </Stack>
  );
}

/** What changed since people were told: another time, or no class at all, and why. */
export function PlanChange({ view }: { readonly view: OwnSessionView }): ReactElement | null {
  const { text, language } = useText();
  const { session } = view.own;
  const reason = session.state_reason === null || session.state_reason === '' ? null : <Text size="sm">{session.state_reason}</Text>;
  if (session.state === 'cancelled' || session.state === 'not_held') {
    return (
      <Alert variant="outline" color="pine" title={text(`plan.${session.state}`)} data-testid={`plan-${session.state}`}>
        {reason ?? text('plan.ask')}
      </Alert>
    );
  }
  if (session.moved_from_utc === null) return null;
  return (
    <Alert variant="outline" color="pine" title={text('plan.moved', { when: instantOf(session.starts_utc, language) })} data-testid="plan-moved">
      <Text size="sm">{text('plan.moved_from', { when: instantOf(session.moved_from_utc, language) })}</Text>
      {reason}
    </Alert>
  );
}
