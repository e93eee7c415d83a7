import { Button, Modal, Stack, Text } from '@mantine/core';
import type { ReactElement } from 'react';

import { useLessonVerbs } from '@/hooks/use_lesson';
import { useText } from '@/i18n/use_text';

export interface LeaveDialogProps {
  readonly opened: boolean;
  readonly onLeave: () => void;
  readonly onClose: () => void;
}

/** For whoever may end the class: leaving and ending are two things, and only one of them can be taken back. */
export function LeaveDialog({ opened, onLeave, onClose }: LeaveDialogProps): ReactElement {
  const { text } = useText();
  const verbs = useLessonVerbs();
  const end = (): void => {
    onClose();
    void verbs.endClass();
  };
  return (
    <Modal opened={opened} onClose={onClose} title={text('leave.title')} closeButtonProps={{ 'aria-label': text('app.close') }} centered>
      <Stack gap="sm">
        <Text size="sm">{text('leave.text')}</Text>
        <Button variant="default" onClick={onLeave} data-testid="leave-only" data-autofocus>
          {text('leave.only')}
        </Button>
        <Button color="var(--hr-danger)" onClick={end} data-testid="end-class">
          {text('leave.end')}
        </Button>
      </Stack>
    </Modal>
  );
}
