import { Anchor, Stack, Text } from '@mantine/core';
import type { ReactElement } from 'react';

import { Card } from '@/components/Card';
import { Heading } from '@/components/Heading';
import { Page } from '@/components/Page';
import { useText } from '@/i18n/use_text';

/** The front door without a link: what to do, and the check of the device. */
export function HomeScreen({ unknownPage }: { readonly unknownPage: boolean }): ReactElement {
  const { text } = useText();
  return (
    <Page>
      <Card testId="home">
        <Stack gap="md">
          <Heading>{text('home.title')}</Heading>
          {unknownPage ? <Text data-testid="error-text">{text('home.no_page')}</Text> : null}
          <Text>{text('home.text')}</Text>
          <Anchor href="/selftest" underline="always">
            {text('home.selftest')}
          </Anchor>
        </Stack>
      </Card>
    </Page>
  );
}
