import { Title } from '@mantine/core';
import type { ReactElement } from 'react';

import { useHeadingFocus } from '@/hooks/use_heading_focus';

/** The first heading of a screen; it takes the focus when the screen appears. */
export function Heading({ children }: { readonly children: string }): ReactElement {
  const ref = useHeadingFocus();
  return (
    <Title order={1} size="h2" ref={ref} tabIndex={-1}>
      {children}
    </Title>
  );
}
