import { Button, Group, Text } from '@mantine/core';
import type { ReactElement } from 'react';

import { useSoundChecks } from '@/hooks/use_sound_checks';
import { useText } from '@/i18n/use_text';

import { Icon } from './icons';

/** Two small trials: does the speaker sound, and how do I sound? */
export function SoundChecks({ micReady }: { readonly micReady: boolean }): ReactElement {
  const { text } = useText();
  const { voice, chiming, playChime, tryVoice } = useSoundChecks();
  const busy = voice === 'recording' || voice === 'playing';
  return (
    <>
      <Group gap="sm">
        <Button variant="default" leftSection={<Icon name="sound" size={18} />} loading={chiming} onClick={playChime} data-testid="speaker-test">
          {text('check.speaker_test')}
        </Button>
        <Button variant="default" leftSection={<Icon name="mic" size={18} />} disabled={!micReady || busy} onClick={tryVoice} data-testid="voice-test">
          {text('check.voice')}
        </Button>
      </Group>
      <Text size="sm" role="status" mih="1.4em" c={voice === 'silent' || voice === 'failed' ? 'var(--mantine-color-error)' : 'dimmed'} data-testid="voice-result">
        {voice === 'idle' ? '' : text(`check.voice_${voice}`)}
      </Text>
    </>
  );
}
