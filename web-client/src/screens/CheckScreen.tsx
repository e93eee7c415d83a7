import { Alert, Button, Stack, Text } from '@mantine/core';
import type { ReactElement } from 'react';

import { Card } from '@/components/Card';
import { CaptureProblemText } from '@/components/CaptureProblemText';
import { DeviceChoice } from '@/components/DeviceChoice';
import { Heading } from '@/components/Heading';
import { LevelMeter } from '@/components/LevelMeter';
import { Page } from '@/components/Page';
import { Preview } from '@/components/Preview';
import { SoundChecks } from '@/components/SoundChecks';
import { useApp, useConductor } from '@/hooks/conductor_context';
import { useSupport } from '@/hooks/use_support';
import { useText } from '@/i18n/use_text';
import type { Device } from '@/rtc/capture';

import classes from './CheckScreen.module.css';

/** Camera, microphone and speaker before anybody sees or hears the person. */
export function CheckScreen(): ReactElement {
  const { text } = useText();
  const conductor = useConductor();
  const support = useSupport();
  const local = useApp((state) => state.local);
  const observer = useApp((state) => state.description?.role === 'observer');
  const silent = !observer && !local.mic.on && !local.camera.on;
  const asking = local.mic.busy || local.camera.busy;
  const choice = (kind: Device['kind'], choosable = true): ReactElement => (
    <DeviceChoice kind={kind} devices={local.devices} chosen={local.chosen[kind]} choosable={choosable} onChoose={(of, id) => void conductor.choose(of, id)} />
  );
  return (
    <Page wide>
      <Card testId="device-check">
        <Stack gap="lg">
          <Heading>{text('check.title')}</Heading>
          <div className={classes['columns']} data-single={observer}>
            {observer ? (
              <Alert variant="outline" color="pine">{text('check.observer')}</Alert>
            ) : (
              <Stack gap="sm">
                <Preview
                  mic={local.mic}
                  camera={local.camera}
                  onMic={() => void conductor.setMic(!local.mic.on)}
                  onCamera={() => void conductor.setCamera(!local.camera.on)}
                />
                {asking && local.devices.length === 0 ? (
                  <Text size="sm" c="dimmed" role="status">
                    {text('check.ask')}
                  </Text>
                ) : null}
                <CaptureProblemText source="camera" problem={local.camera.problem} />
                <CaptureProblemText source="mic" problem={local.mic.problem} />
              </Stack>
            )}
            <Stack gap="md">
              {observer ? null : choice('camera')}
              {observer ? null : choice('mic')}
              {observer ? null : <LevelMeter />}
              {choice('speaker', support.speakerChoice)}
              <SoundChecks micReady={local.mic.on && !local.mic.busy} />
              <Button size="lg" h="auto" py="sm" onClick={() => conductor.enter()} data-testid="enter-room" styles={{ label: { whiteSpace: 'normal' } }}>
                {silent ? text('check.enter_silent') : text('check.enter')}
              </Button>
            </Stack>
          </div>
        </Stack>
      </Card>
    </Page>
  );
}
