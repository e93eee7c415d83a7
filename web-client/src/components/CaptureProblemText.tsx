import { Alert } from '@mantine/core';
import type { ReactElement } from 'react';

import type { CaptureProblem } from '@/rtc/capture';
import { useText } from '@/i18n/use_text';

export interface CaptureProblemTextProps {
  readonly source: 'mic' | 'camera' | 'screen';
  readonly problem: CaptureProblem | null;
  readonly onClose?: () => void;
}

/** What is wrong with a device, and what a person can do about it. */
export function CaptureProblemText({ source, problem, onClose }: CaptureProblemTextProps): ReactElement | null {
  const { text } = useText();
  if (problem === null) return null;
  return (
    <Alert
      variant="outline"
      color="var(--mantine-color-error)"
      role="alert"
      py="xs"
      data-testid="error-text"
      data-problem={`${source}.${problem}`}
      withCloseButton={onClose !== undefined}
      closeButtonLabel={text('app.close')}
      bg="var(--hr-surface)"
      {...(onClose === undefined ? {} : { onClose })}
    >
      {text(`problem.${source}.${problem}`)}
    </Alert>
  );
}
