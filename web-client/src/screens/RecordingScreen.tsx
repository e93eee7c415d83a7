import { Anchor, Stack, Text } from '@mantine/core';
import type { ReactElement } from 'react';

import { Card } from '@/components/Card';
import { Heading } from '@/components/Heading';
import { Page } from '@/components/Page';
import { RecordingPlayer } from '@/components/RecordingPlayer';
import { useRecording } from '@/hooks/use_recordings';
import { useText } from '@/i18n/use_text';

/** One recorded class, laid out as it happened. */
export function RecordingScreen({ recordingId }: { readonly recordingId: string }): ReactElement {
  const { text, language } = useText();
  const loaded = useRecording(recordingId);
  return (
    <Page wide>
      <Card testId="recording">
        <Stack gap="md">
          <Heading>{loaded.state === 'there' ? loaded.value.title : text('playback.title')}</Heading>
          {loaded.state === 'loading' ? <Text>{text('app.loading')}</Text> : null}
          {loaded.state === 'refused' ? (
            <Text data-testid="error-text">
              {text(loaded.code === 'unreachable' ? 'playback.unreachable' : 'playback.refused')}
            </Text>
          ) : null}
          {loaded.state === 'there' ? (
            <Text c="dimmed">{new Date(loaded.value.began_utc).toLocaleString(language)}</Text>
          ) : null}
          {loaded.state === 'there' && loaded.value.state !== 'ready' ? (
            <Text role="status" data-testid="recording-state">
              {text(loaded.value.state === 'live' ? 'playback.live' : 'playback.making', {
                percent: Math.round((loaded.value.progress ?? 0) * 100),
              })}
            </Text>
          ) : null}
          {loaded.state === 'there' && loaded.value.state === 'ready' ? <RecordingPlayer recording={loaded.value} /> : null}
          <Anchor href="/recordings" underline="always">
            {text('playback.all')}
          </Anchor>
        </Stack>
      </Card>
    </Page>
  );
}
