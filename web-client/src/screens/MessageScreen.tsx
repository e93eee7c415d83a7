import { Button, Group, Loader, Stack, Text } from '@mantine/core';
import type { ReactElement } from 'react';

import { Card } from '@/components/Card';
import { Heading } from '@/components/Heading';
import { Page } from '@/components/Page';

export interface MessageScreenProps {
  readonly title: string;
  readonly text?: string;
  readonly note?: string;
  readonly busy?: boolean;
  readonly error?: boolean;
  readonly testId: string;
  readonly actions?: readonly { readonly label: string; readonly testId: string; readonly run: () => void }[];
}

/** One thing to say, and at most two things to do. */
export function MessageScreen(props: MessageScreenProps): ReactElement {
  return (
    <Page>
      <Card testId={props.testId}>
        <Stack gap="md">
          {props.busy === true ? <Loader size="sm" aria-hidden="true" /> : null}
          <Heading>{props.title}</Heading>
          {props.text === undefined ? null : (
            <Text role={props.error === true ? 'alert' : undefined} data-testid={props.error === true ? 'error-text' : 'message-text'}>
              {props.text}
            </Text>
          )}
          {props.note === undefined ? null : (
            <Text size="sm" c="dimmed" role="status">
              {props.note}
            </Text>
          )}
          {props.actions === undefined || props.actions.length === 0 ? null : (
            <Group gap="sm">
              {props.actions.map((action, index) => (
                <Button key={action.testId} variant={index === 0 ? 'filled' : 'default'} onClick={action.run} data-testid={action.testId}>
                  {action.label}
                </Button>
              ))}
            </Group>
          )}
        </Stack>
      </Card>
    </Page>
  );
}
