import { MantineProvider } from '@mantine/core';
import type { ReactElement } from 'react';

import { contrast, theme } from './components/theme';
import { linkToken } from './hooks/use_class';
import { recordingPath } from './hooks/use_recordings';
import { recordAddress } from './hooks/use_records';
import { ClassScreen } from './screens/ClassScreen';
import { DayScreen } from './screens/DayScreen';
import { HomeScreen } from './screens/HomeScreen';
import { RecordingScreen } from './screens/RecordingScreen';
import { RecordingsScreen } from './screens/RecordingsScreen';
import { ReportScreen } from './screens/ReportScreen';
import { SelftestScreen } from './screens/SelftestScreen';

/** The address decides which screen this is; nothing else does. */
function screenOf(path: string): ReactElement {
  const token = linkToken(path);
  if (token !== null) return <ClassScreen key={token} token={token} />;
  const record = recordAddress(path);
  if (record !== null) return record.page === 'day' ? <DayScreen token={record.token} /> : <ReportScreen token={record.token} />;
  const recorded = recordingPath(path);
  if (recorded !== null) {
    const { recordingId } = recorded;
    return recordingId === null ? <RecordingsScreen /> : <RecordingScreen key={recordingId} recordingId={recordingId} />;
  }
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
