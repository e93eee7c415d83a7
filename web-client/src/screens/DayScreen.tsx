import { Anchor, Badge, Button, Stack, Text } from '@mantine/core';
import type { ReactElement } from 'react';

import { Card } from '@/components/Card';
import { Heading } from '@/components/Heading';
import { dayOf, instantOf, timeOf } from '@/components/instants';
import { Page } from '@/components/Page';
import { useProblemText } from '@/hooks/use_problem_text';
import { pageOfThisLink, useDay } from '@/hooks/use_records';
import { clockOf, useTimeLeft } from '@/hooks/use_time_left';
import { hasText } from '@/i18n/texts';
import { useText } from '@/i18n/use_text';
import type { Day, DaySession } from '@/protocol/records';

import classes from './DayScreen.module.css';
import { MessageScreen } from './MessageScreen';

/** One person's classes: which comes next, who waits there, and what is still to prepare. */
export function DayScreen({ token }: { readonly token: string }): ReactElement {
  const { text } = useText();
  const { record, again } = useDay(token);
  const problem = useProblemText(record.state === 'failed' ? record.problem : null);
  if (record.state === 'loading') return <MessageScreen title={text('app.loading')} busy testId="loading" />;
  if (record.state === 'failed') {
    return <MessageScreen title={text('day.failed')} text={problem} error testId="day-failed" actions={[{ label: text('app.try_again'), testId: 'try-again', run: again }]} />;
  }
  return <Classes day={record.value.day} aheadMs={record.value.aheadMs} />;
}

function Classes({ day, aheadMs }: { readonly day: Day; readonly aheadMs: number }): ReactElement {
  const { text, language } = useText();
  const next = day.sessions.find((one) => one.session_id === day.next);
  const others = day.sessions.filter((one) => one !== next);
  return (
    <Page wide>
      <Card testId="day">
        <Stack gap="lg">
          <div>
            <Heading>{text('day.title')}</Heading>
            <Text c="dimmed">
              {day.person.display_name} · {dayOf(day.server_now_utc, language)}
            </Text>
          </div>
          {next === undefined ? <Text>{text('day.nothing')}</Text> : <Next session={next} aheadMs={aheadMs} />}
          {others.length === 0 ? null : (
            <section>
              <h2 className={classes['title']}>{text('day.others')}</h2>
              <ul className={classes['list']}>
                {others.map((one) => (
                  <li key={one.session_id} className={classes['row']} data-testid="day-session">
                    <span className={classes['time']}>
                      {timeOf(one.starts_utc, language)} – {timeOf(one.ends_utc, language)}
                    </span>
                    <span className={classes['name']}>{one.title}</span>
                    <State state={one.state} />
                  </li>
                ))}
              </ul>
            </section>
          )}
        </Stack>
      </Card>
    </Page>
  );
}

function Next({ session, aheadMs }: { readonly session: DaySession; readonly aheadMs: number }): ReactElement {
  const { text, language } = useText();
  const left = useTimeLeft(new Date(Date.parse(session.starts_utc) - aheadMs).toISOString());
  const enter = session.this_link ? pageOfThisLink('class') : null;
  const report = session.this_link && session.state !== 'scheduled' ? pageOfThisLink('report') : null;
  return (
    <section className={classes['next']} data-testid="day-next" data-session={session.session_id}>
      <h2 className={classes['title']}>{session.title}</h2>
      <Text>
        {instantOf(session.starts_utc, language)} – {timeOf(session.ends_utc, language)}
      </Text>
      <div className={classes['marks']}>
        <State state={session.state} />
        {left !== null && left > 0 && left < 86_400 ? <Text size="sm">{text('day.starts_in', { time: clockOf(left) })}</Text> : null}
      </div>
      {session.moved_from_utc === null ? null : <Text size="sm">{text('plan.moved_from', { when: instantOf(session.moved_from_utc, language) })}</Text>}
      <Prepare session={session} />
      <div className={classes['marks']}>
        {enter === null ? (
          <Text size="sm" c="dimmed">
            {text('day.other_link')}
          </Text>
        ) : (
          <Button component="a" href={enter} data-testid="day-enter">
            {text('day.enter')}
          </Button>
        )}
        {report === null ? null : (
          <Anchor href={report} underline="always">
            {text('day.report')}
          </Anchor>
        )}
      </div>
    </section>
  );
}

function Prepare({ session }: { readonly session: DaySession }): ReactElement | null {
  const { text } = useText();
  const { prepare, waiting, here, students } = session;
  if (prepare === null) return null;
  const missing = prepare.consent_missing.map((one) => one.display_name);
  return (
    <ul className={classes['prepare']} data-testid="day-prepare">
      <li>{text('day.here', { here: here ?? 0, count: students ?? 0 })}</li>
      <li data-testid="day-waiting">{waiting === null || waiting.length === 0 ? text('day.nobody_waits') : text('day.waiting', { names: waiting.map((one) => one.display_name).join(', ') })}</li>
      <li>{text('day.materials', { count: prepare.materials })}</li>
      <li>{text('day.checks', { count: prepare.saved_checks })}</li>
      {missing.length === 0 ? null : <li>{text('day.consent', { names: missing.join(', ') })}</li>}
      {prepare.staff.length > 1 ? <li>{text('day.staff', { names: prepare.staff.map((one) => one.display_name).join(', ') })}</li> : null}
    </ul>
  );
}

function State({ state }: { readonly state: string }): ReactElement {
  const { text } = useText();
  const live = state === 'live' || state === 'open';
  return (
    <Badge variant={live ? 'filled' : 'default'} color="pine" radius="sm" tt="none" style={{ flex: 'none' }}>
      {hasText(`session.${state}`) ? text(`session.${state}` as 'session.live') : state}
    </Badge>
  );
}
