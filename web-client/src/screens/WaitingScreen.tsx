import { Button, Group, Stack, Text } from '@mantine/core';
import type { ReactElement } from 'react';
import { useState } from 'react';

import { CallHelpDialog } from '@/components/CallHelpDialog';
import { Card } from '@/components/Card';
import { Heading } from '@/components/Heading';
import { LiveRegion } from '@/components/LiveRegion';
import { Page } from '@/components/Page';
import { StatusBanner } from '@/components/StatusBanner';
import { useApp, useConductor } from '@/hooks/conductor_context';
import { useLesson } from '@/hooks/use_lesson';
import { useRoomFacts } from '@/hooks/use_room_facts';
import { useWakeLock } from '@/hooks/use_wake_lock';
import { useText } from '@/i18n/use_text';

/** At the door: why one waits, and that nothing needs to be pressed. Nobody is seen or heard here. */
export function WaitingScreen(): ReactElement {
  const { text } = useText();
  const conductor = useConductor();
  const reason = useLesson((lesson) => lesson.waiting) ?? 'no_instructor';
  const title = useApp((state) => state.session?.title ?? '');
  const { status } = useRoomFacts();
  const [calling, setCalling] = useState(false);
  useWakeLock(true);
  return (
    <Page>
      <StatusBanner status={status} soundBlocked={false} onSound={() => undefined} />
      <LiveRegion />
      <Card testId="waiting-room">
        <Stack gap="md">
          <Text size="sm" c="dimmed" fw={600}>
            {title}
          </Text>
          <Heading>{text('wait.title')}</Heading>
          <Text role="status" data-testid="waiting-reason" data-reason={reason}>
            {text(`wait.because.${reason}`)}
          </Text>
          <Text size="sm" c="dimmed">
            {text('wait.text')}
          </Text>
          <Group gap="sm">
            <Button variant="default" onClick={() => conductor.leave()} data-testid="leave-button">
              {text('room.leave')}
            </Button>
            <Button variant="subtle" onClick={() => setCalling(true)} data-testid="call-help-open">
              {text('call.open')}
            </Button>
          </Group>
        </Stack>
      </Card>
      <CallHelpDialog opened={calling} onClose={() => setCalling(false)} />
    </Page>
  );
}
