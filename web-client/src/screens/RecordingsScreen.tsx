import { Anchor, Stack, Text } from '@mantine/core';
import type { ReactElement } from 'react';

import { Card } from '@/components/Card';
import { Heading } from '@/components/Heading';
import { Page } from '@/components/Page';
import { clockText, useRecordings } from '@/hooks/use_recordings';
import { useText } from '@/i18n/use_text';

/** Every recording that this person may watch, newest first. */
export function RecordingsScreen(): ReactElement {
  const { text, language } = useText();
  const loaded = useRecordings();
  return (
    <Page wide>
      <Card testId="recordings">
        <Stack gap="md">
          <Heading>{text('playback.all')}</Heading>
          {loaded.state === 'loading' ? <Text>{text('app.loading')}</Text> : null}
          {loaded.state === 'refused' ? (
            <Text data-testid="error-text">
              {text(loaded.code === 'unreachable' ? 'playback.unreachable' : 'playback.refused')}
            </Text>
          ) : null}
          {loaded.state === 'there' && loaded.value.length === 0 ? <Text>{text('playback.none')}</Text> : null}
          {loaded.state === 'there' ? (
            <Stack component="ul" gap="xs" m={0} p={0} style={{ listStyle: 'none' }}>
              {loaded.value.map((one) => (
                <li key={one.recording_id} data-testid="recording-row">
                  <Anchor href={`/recordings/${one.recording_id}`} underline="always">
                    {one.title}, {new Date(one.began_utc).toLocaleString(language)}
                  </Anchor>{' '}
                  <Text span c="dimmed">
                    {one.duration_s === null ? text(one.state === 'live' ? 'playback.row_live' : 'playback.row_making') : clockText(one.duration_s)}
                  </Text>
                </li>
              ))}
            </Stack>
          ) : null}
        </Stack>
      </Card>
    </Page>
  );
}
