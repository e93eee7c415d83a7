import { Alert, Anchor, Button, Group, Stack, Text, Title } from '@mantine/core';
import type { ReactElement } from 'react';
import { useState } from 'react';

import { Card } from '@/components/Card';
import { Heading } from '@/components/Heading';
import { instantOf, secondOf, timeOf } from '@/components/instants';
import { Page } from '@/components/Page';
import { ChecksTable } from '@/components/report/ChecksTable';
import { CorrectionDialog } from '@/components/report/CorrectionDialog';
import { OwnNumbers } from '@/components/report/OwnNumbers';
import { PeopleTable } from '@/components/report/PeopleTable';
import { Timeline } from '@/components/report/Timeline';
import { saveFile } from '@/hooks/save_file';
import { pageOfThisLink, useReport } from '@/hooks/use_records';
import type { ReportPage } from '@/hooks/use_records';
import { useProblemText } from '@/hooks/use_problem_text';
import { useText } from '@/i18n/use_text';
import type { Report, ReportPerson, SessionRecord } from '@/protocol/records';

import { MessageScreen } from './MessageScreen';
import classes from './ReportScreen.module.css';

/** The record of a class: the whole of it for its staff, one's own row for everybody else. */
export function ReportScreen({ token }: { readonly token: string }): ReactElement {
  const { text } = useText();
  const page = useReport(token);
  const { record } = page;
  const problem = useProblemText(record.state === 'failed' ? record.problem : null);
  if (record.state === 'loading') return <MessageScreen title={text('app.loading')} busy testId="loading" />;
  if (record.state === 'failed') {
    const again = { label: text('app.try_again'), testId: 'try-again', run: page.again };
    return <MessageScreen title={text('report.failed')} text={problem} error testId="report-failed" actions={[again]} />;
  }
  return record.value.kind === 'class' ? <ClassReport report={record.value.report} page={page} /> : <OwnReport session={record.value.own.session} me={record.value.own.me} final={record.value.own.final} />;
}

function ClassReport({ report, page }: { readonly report: Report; readonly page: ReportPage }): ReactElement {
  const { text, language } = useText();
  const [correcting, setCorrecting] = useState<ReportPerson | null>(null);
  const [failed, setFailed] = useState(false);
  const names = new Map(report.people.map((one) => [one.seat_id, one.display_name]));
  const students = report.people.filter((one) => one.role === 'student');
  const present = students.filter((one) => one.attendance.present_s > 0).length;
  const quiet = students.filter((one) => one.attendance.present_s > 0 && !one.engagement.taken_part).map((one) => one.display_name);
  const exportFacts = async (): Promise<void> => {
    const file = await page.facts();
    setFailed(file === null);
    if (file !== null) saveFile(file, `${report.session.session_id}.json`);
  };
  return (
    <Page wide>
      <Card testId="report">
        <Stack gap="lg">
          <Head session={report.session} final={report.final} />
          <Group gap="sm" className={classes['noprint']}>
            <Button onClick={() => window.print()} data-testid="report-print">
              {text('report.print')}
            </Button>
            <Button variant="default" onClick={() => void exportFacts()} data-testid="report-export">
              {text('report.export')}
            </Button>
            <Button variant="default" onClick={page.again} data-testid="report-reload">
              {text('report.reload')}
            </Button>
          </Group>
          {failed ? (
            <Text role="alert" c="var(--mantine-color-error)" data-testid="error-text">
              {text('report.export_failed')}
            </Text>
          ) : null}
          <Text data-testid="report-summary">
            {text('report.came', { came: present, all: students.length })}
            {quiet.length === 0 ? '' : ` ${text('report.quiet', { names: quiet.join(', ') })}`}
          </Text>
          <section>
            <Title order={2} size="h4" mb="xs">
              {text('report.attendance')}
            </Title>
            <PeopleTable people={report.people} onCorrect={setCorrecting} />
          </section>
          <section>
            <Title order={2} size="h4" mb="xs">
              {text('report.checks')}
            </Title>
            <ChecksTable checks={report.checks} />
          </section>
          <section>
            <Title order={2} size="h4" mb="xs">
              {text('report.timeline')}
            </Title>
            <Timeline entries={report.timeline} names={names} />
          </section>
          <Text size="xs" c="dimmed">
            {text('report.made', {
              when: `${instantOf(report.generated_utc, language)} (${secondOf(report.generated_utc, language)})`,
              rules: report.attendance_rules.version,
              formula: report.engagement_formula.version,
            })}
          </Text>
        </Stack>
      </Card>
      <CorrectionDialog key={correcting?.seat_id ?? 'none'} person={correcting} onClose={() => setCorrecting(null)} onCorrect={page.correct} />
    </Page>
  );
}

function OwnReport({ session, me, final }: { readonly session: SessionRecord; readonly me: ReportPerson; readonly final: boolean }): ReactElement {
  const { text } = useText();
  const back = pageOfThisLink('class');
  return (
    <Page>
      <Card testId="own-report">
        <Stack gap="lg">
          <Head session={session} final={final} />
          <OwnNumbers me={me} />
          <Text size="sm" c="dimmed">
            {text('report.own_text')}
          </Text>
          {back === null ? null : (
            <Anchor href={back} underline="always" className={classes['noprint']}>
              {text('report.to_class')}
            </Anchor>
          )}
        </Stack>
      </Card>
    </Page>
  );
}

function Head({ session, final }: { readonly session: SessionRecord; readonly final: boolean }): ReactElement {
  const { text, language } = useText();
  const actual =
    session.live_since_utc == null
      ? text('report.not_live')
      : session.ended_utc == null
        ? text('report.live_since', { start: secondOf(session.live_since_utc, language) })
        : text('report.held', { start: secondOf(session.live_since_utc, language), end: secondOf(session.ended_utc, language) });
  return (
    <Stack gap={4}>
      <Heading>{session.title}</Heading>
      <Text>{text('report.planned', { start: instantOf(session.starts_utc, language), end: timeOf(session.ends_utc, language) })}</Text>
      <Text data-testid="report-actual">{actual}</Text>
      {final ? null : (
        <Alert variant="outline" color="pine" data-testid="report-open">
          {text('report.not_final')}
        </Alert>
      )}
    </Stack>
  );
}
