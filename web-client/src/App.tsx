import { MantineProvider } from '@mantine/core';
import type { ReactElement } from 'react';

import { contrast, theme } from './components/theme';
import { linkToken } from './hooks/use_class';
import { ClassScreen } from './screens/ClassScreen';
import { HomeScreen } from './screens/HomeScreen';
import { SelftestScreen } from './screens/SelftestScreen';

/** The address decides which screen this is; nothing else does. */
function screenOf(path: string): ReactElement {
  const token = linkToken(path);
  if (token !== null) return <ClassScreen key={token} token={token} />;
  if (/^\/selftest\/?$/.test(path)) return <SelftestScreen />;
  return <HomeScreen unknownPage={path !== '/'} />;
}

export function App(): ReactElement {
  return (
    <MantineProvider theme={theme} cssVariablesResolver={contrast} defaultColorScheme="auto">
      {screenOf(location.pathname)}
    </MantineProvider>
  );
}
