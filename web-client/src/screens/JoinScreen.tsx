import { Alert, Anchor, Button, Stack, Text } from '@mantine/core';
import type { ReactElement } from 'react';
import { useEffect } from 'react';

import { Card } from '@/components/Card';
import { Heading } from '@/components/Heading';
import { Countdown, PlanChange } from '@/components/Countdown';
import { Page } from '@/components/Page';
import { useConductor } from '@/hooks/conductor_context';
import { useOwnSession } from '@/hooks/use_own_session';
import { pageOfThisLink } from '@/hooks/use_records';
import { useText } from '@/i18n/use_text';
import type { JoinDescription } from '@/protocol/ticket';

import { whenOf } from './when';

export interface JoinScreenProps {
  readonly description: JoinDescription;
  readonly secure: boolean;
  readonly onJoin: () => void;
}

/** What the link is for. Nothing happens without a press: mail scanners open links and press nothing. */
export function JoinScreen({ description, secure, onJoin }: JoinScreenProps): ReactElement {
  const { text, language } = useText();
  const { session } = description;
  const ended = session.state === 'ended' || session.state === 'closed_out';
  const early = session.state === 'scheduled';
  const view = useOwnSession();
  // Whoever looks at the door hears that it is shut; only the class itself knows that it was called off.
  const off = ['cancelled', 'not_held'].includes(view?.own.session.state ?? session.state);
  const opened = early && view !== null && view.own.session.state !== 'scheduled';
  const moved = view !== null && !sameSecond(view.own.session.starts_utc, session.starts_utc);
  const conductor = useConductor();
  useEffect(() => {
    // The door opened, or the class was moved, while somebody looked at this page.
    if (opened || moved) void conductor.look();
  }, [conductor, opened, moved]);
  return (
    <Page>
      <Card testId="join-page">
        <Stack gap="md">
          <Text size="sm" c="dimmed" fw={600}>
            {text('join.kicker')}
          </Text>
          <Heading>{session.title}</Heading>
          <Text>{text('join.when', whenOf(session.starts_utc, session.ends_utc, language))}</Text>
          <Text c="dimmed">
            {text('join.as', { name: description.display_name })} · {text(roleKey(description.role))}
          </Text>
          {view === null || (ended && !off) ? null : <PlanChange view={view} />}
          {early && view !== null && !off ? <Countdown view={view} /> : null}
          {early && !off ? <Text>{text('join.scheduled')}</Text> : null}
          {description.in_use ? <Alert variant="outline" color="pine">{text('join.in_use')}</Alert> : null}
          {secure ? null : <Alert variant="outline" color="pine" data-testid="insecure">{text('support.insecure')}</Alert>}
          {off ? null : ended ? (
            <>
              <Text fw={600} data-testid="error-text">{text('join.ended')}</Text>
              <RecordLink role={description.role} />
            </>
          ) : (
            <>
              <Button size="lg" fullWidth onClick={onJoin} data-testid="join-button">
                {text('join.button')}
              </Button>
              <Text size="sm" c="dimmed">
                {text('join.next')}
              </Text>
            </>
          )}
        </Stack>
      </Card>
    </Page>
  );
}

const sameSecond = (a: string, b: string): boolean => Math.floor(Date.parse(a) / 1_000) === Math.floor(Date.parse(b) / 1_000);

/** Where the class is written down: all of it for staff, one's own numbers for everybody else. */
function RecordLink({ role }: { readonly role: string }): ReactElement | null {
  const { text } = useText();
  const address = pageOfThisLink('report');
  if (address === null) return null;
  const staff = role === 'instructor' || role === 'assistant';
  return (
    <Anchor href={address} underline="always" data-testid="record-link">
      {staff ? text('report.class_link') : text('report.own_link')}
    </Anchor>
  );
}

function roleKey(role: string): 'role.instructor' | 'role.assistant' | 'role.student' | 'role.observer' {
  switch (role) {
    case 'instructor':
    case 'assistant':
    case 'observer':
      return `role.${role}`;
    default:
      return 'role.student';
  }
}
