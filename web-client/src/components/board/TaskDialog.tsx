import { Button, Group, Modal, NativeSelect, Stack, Textarea } from '@mantine/core';
import type { ReactElement, SubmitEvent } from 'react';
import { useState } from 'react';

import { useText } from '@/i18n/use_text';

export interface TaskDialogProps {
  readonly opened: boolean;
  readonly onClose: () => void;
  readonly onStart: (prompt: string, seconds: number | null) => Promise<boolean>;
}

export const MINUTES = [1, 2, 3, 5, 10, 15, 20, 30] as const;
const PROMPT_MAX = 500;

/** Gives the page that is shown to each student as a copy of their own. */
export function TaskDialog({ opened, onClose, onStart }: TaskDialogProps): ReactElement {
  const { text } = useText();
  const [prompt, setPrompt] = useState('');
  const [minutes, setMinutes] = useState('');
  const [busy, setBusy] = useState(false);
  const words = prompt.trim();
  const start = (event: SubmitEvent): void => {
    event.preventDefault();
    if (words === '' || busy) return;
    setBusy(true);
    void onStart(words, minutes === '' ? null : Number(minutes) * 60).then((done) => {
      setBusy(false);
      if (!done) return;
      setPrompt('');
      onClose();
    });
  };
  return (
    <Modal opened={opened} onClose={onClose} title={text('board.task_title')} closeButtonProps={{ 'aria-label': text('app.close') }} centered>
      <form onSubmit={start}>
        <Stack gap="md">
          <Textarea
            label={text('board.task_prompt')}
            description={text('board.task_text')}
            value={prompt}
            maxLength={PROMPT_MAX}
            autosize
            minRows={2}
            data-autofocus
            onChange={(event) => setPrompt(event.currentTarget.value)}
            data-testid="task-prompt"
          />
          <NativeSelect
            label={text('time.limit')}
            value={minutes}
            data={[{ value: '', label: text('time.none') }, ...MINUTES.map((one) => ({ value: String(one), label: text('time.minutes', { count: one }) }))]}
            onChange={(event) => setMinutes(event.currentTarget.value)}
            data-testid="task-minutes"
          />
          <Group justify="flex-end">
            <Button type="submit" disabled={words === ''} loading={busy} data-testid="task-start">
              {text('board.task_start')}
            </Button>
          </Group>
        </Stack>
      </form>
    </Modal>
  );
}
