import { Button, Group, Stack, Text, Textarea, Title } from '@mantine/core';
import type { ReactElement } from 'react';
import { useState } from 'react';

import { Card } from '@/components/Card';
import { Heading } from '@/components/Heading';
import { Icon } from '@/components/icons';
import { Page } from '@/components/Page';
import type { Selftest, StepKey, Verdict } from '@/hooks/use_selftest';
import { AUTO_KEYS, STEP_KEYS, useSelftest } from '@/hooks/use_selftest';
import { useChime } from '@/hooks/use_chime';
import { useStopOnLeave, useTrackLevel, useTrackVideo } from '@/hooks/use_track_video';
import { useText } from '@/i18n/use_text';

import classes from './SelftestScreen.module.css';

/** Guides a person through what only a real device can show, above all iOS Safari and Android. */
export function SelftestScreen(): ReactElement {
  const { text } = useText();
  const test = useSelftest();
  useStopOnLeave(test.camera, test.mic);
  return (
    <Page wide>
      <Card testId="selftest">
        <Stack gap="lg">
          <Heading>{text('selftest.title')}</Heading>
          <Text>{text('selftest.intro')}</Text>
          {test.progress === 'idle' ? (
            <Button onClick={test.start} data-testid="selftest-start" style={{ alignSelf: 'start' }}>
              {text('selftest.start')}
            </Button>
          ) : (
            <Automatic test={test} />
          )}
          {test.progress === 'done' ? <Manual test={test} /> : null}
          {test.progress === 'done' ? <Report words={test.report} /> : null}
        </Stack>
      </Card>
    </Page>
  );
}

function Automatic({ test }: { readonly test: Selftest }): ReactElement {
  const { text } = useText();
  return (
    <section aria-busy={test.progress === 'running'}>
      <Title order={2} size="h4">
        {text('selftest.automatic')}
      </Title>
      <ul className={classes['list']}>
        {AUTO_KEYS.map((key) => {
          const result = test.automatic.get(key);
          const state = result === undefined ? 'open' : result.ok ? 'pass' : 'fail';
          return (
            <li key={key} data-testid={`selftest-${key}`} data-result={state}>
              <span className={classes['mark']} data-result={state}>
                {state === 'open' ? null : <Icon name={state === 'pass' ? 'check' : 'close'} size={16} />}
              </span>
              <span>
                {text(`selftest.auto.${key}`)}: {result === undefined && test.progress === 'running' ? text('selftest.running') : text(`selftest.result.${state}`)}
                {result === undefined || result.detail === '' ? null : <span className={classes['detail']}> {result.detail}</span>}
              </span>
            </li>
          );
        })}
      </ul>
    </section>
  );
}

const VERDICTS: readonly Exclude<Verdict, 'open'>[] = ['pass', 'fail', 'skip'];

function Manual({ test }: { readonly test: Selftest }): ReactElement {
  const { text } = useText();
  const video = useTrackVideo(test.camera);
  const level = useTrackLevel(test.mic);
  const chime = useChime();
  return (
    <section>
      <Title order={2} size="h4">
        {text('selftest.manual')}
      </Title>
      <Text c="dimmed">{text('selftest.manual_text')}</Text>
      <div className={classes['live']}>
        <video ref={video} autoPlay playsInline muted aria-label={text('check.preview')} />
        <Stack gap="sm">
          <Button variant="default" onClick={chime} leftSection={<Icon name="sound" size={18} />}>
            {text('check.speaker_test')}
          </Button>
          <div role="meter" aria-label={text('check.level')} aria-valuemin={0} aria-valuemax={100} aria-valuenow={Math.round(level * 100)} className={classes['meter']}>
            <div style={{ width: `${Math.round(level * 100)}%` }} />
          </div>
        </Stack>
      </div>
      <ul className={classes['list']}>
        {STEP_KEYS.map((step) => (
          <Step key={step} step={step} verdict={test.manual.get(step) ?? 'open'} onAnswer={test.answer} />
        ))}
      </ul>
    </section>
  );
}

interface StepProps {
  readonly step: StepKey;
  readonly verdict: Verdict;
  readonly onAnswer: (step: StepKey, verdict: Verdict) => void;
}

function Step({ step, verdict, onAnswer }: StepProps): ReactElement {
  const { text } = useText();
  const question = text(`selftest.step.${step}`);
  return (
    <li className={classes['step']}>
      <span id={`step-${step}`}>{question}</span>
      <Group gap="xs" role="group" aria-labelledby={`step-${step}`}>
        {VERDICTS.map((one) => (
          <Button
            key={one}
            size="compact-sm"
            variant={verdict === one ? 'filled' : 'default'}
            aria-pressed={verdict === one}
            onClick={() => onAnswer(step, one)}
          >
            {text(`selftest.${one}`)}
          </Button>
        ))}
      </Group>
    </li>
  );
}

function Report({ words }: { readonly words: string }): ReactElement {
  const { text } = useText();
  const [copied, setCopied] = useState(false);
  const copy = (): void => {
    const clipboard = (navigator as { readonly clipboard?: Clipboard }).clipboard;
    // Without https there is no clipboard; the text can still be marked and copied by hand.
    void clipboard?.writeText(words).then(() => setCopied(true), () => undefined);
  };
  return (
    <section>
      <Title order={2} size="h4">
        {text('selftest.report')}
      </Title>
      <Textarea
        aria-label={text('selftest.report')}
        description={text('selftest.report_text')}
        readOnly
        autosize
        minRows={6}
        value={words}
        styles={{ input: { fontFamily: 'ui-monospace, monospace', fontSize: '0.8125rem' } }}
        data-testid="selftest-report"
      />
      <Button mt="sm" onClick={copy} data-testid="selftest-copy">
        {copied ? text('selftest.copied') : text('selftest.copy')}
      </Button>
    </section>
  );
}
