import { Paper } from '@mantine/core';
import type { ReactElement, ReactNode } from 'react';

export function Card({ children, testId }: { readonly children: ReactNode; readonly testId?: string }): ReactElement {
  return (
    <Paper withBorder radius="lg" p={{ base: 'lg', sm: 'xl' }} bg="var(--hr-surface)" data-testid={testId}>
      {children}
    </Paper>
  );
}
