import { Alert, Button, Stack, Text } from '@mantine/core';
import type { ReactElement } from 'react';

import { Card } from '@/components/Card';
import { Heading } from '@/components/Heading';
import { Page } from '@/components/Page';
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
          {session.state === 'scheduled' ? <Text>{text('join.scheduled')}</Text> : null}
          {description.in_use ? <Alert variant="outline" color="pine">{text('join.in_use')}</Alert> : null}
          {secure ? null : <Alert variant="outline" color="pine" data-testid="insecure">{text('support.insecure')}</Alert>}
          {ended ? (
            <Text fw={600} data-testid="error-text">{text('join.ended')}</Text>
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
