import { Button, FileButton, Group, Progress, Textarea } from '@mantine/core';
import type { ReactElement } from 'react';

import { useAttachment } from '@/hooks/use_attachment';
import { useConnected } from '@/hooks/use_lesson';
import { useText } from '@/i18n/use_text';
import type { Answer, Check } from '@/protocol/messages.gen';

import classes from './Checks.module.css';
import { Icon } from './icons';

const TEXT_MAX = 2_000;
/** What the server accepts by content; a hint for the file dialog. A phone offers its camera for pictures. */
const ACCEPT = 'image/*,.pdf,.txt,.docx,.pptx,.xlsx,.odt,.odp,.ods,.mp3,.wav,.ogg,.mp4,.webm';

export interface ExerciseFieldProps {
  readonly check: Check;
  readonly answer: Answer;
  readonly onAnswer: (answer: Answer) => void;
}

/** An exercise is answered with words, with a file or a picture of one's paper, or with both. */
export function ExerciseField({ check, answer, onAnswer }: ExerciseFieldProps): ReactElement {
  const { text } = useText();
  const connected = useConnected();
  const { part, problem, attach } = useAttachment((materialId) => onAnswer({ ...answer, material_id: materialId }));
  return (
    <>
      <Textarea
        aria-label={check.prompt}
        placeholder={text('answer.write')}
        autosize
        minRows={4}
        maxRows={8}
        maxLength={TEXT_MAX}
        value={answer.text}
        onChange={(event) => onAnswer({ ...answer, text: event.currentTarget.value })}
        data-testid="answer-text"
      />
      {answer.material_id === null ? (
        <FileButton accept={ACCEPT} onChange={(file) => (file === null ? undefined : attach(file))} inputProps={{ 'aria-label': text('answer.attach') }}>
          {(props) => (
            <Button {...props} variant="default" leftSection={<Icon name="plus" size={18} />} disabled={!connected || part !== null} data-testid="answer-attach">
              {text('answer.attach')}
            </Button>
          )}
        </FileButton>
      ) : (
        <Group gap="sm" justify="space-between" data-testid="answer-attached">
          <span className={classes['hint']}>
            <Icon name="check" size={16} />
            {text('answer.attached')}
          </span>
          <Button size="compact-sm" variant="subtle" color="gray" onClick={() => onAnswer({ ...answer, material_id: null })}>
            {text('answer.detach')}
          </Button>
        </Group>
      )}
      {part === null ? null : <Progress value={part * 100} aria-label={text('answer.attaching')} />}
      {problem === '' ? null : (
        <p className={classes['hint']} role="alert">
          {problem}
        </p>
      )}
    </>
  );
}
