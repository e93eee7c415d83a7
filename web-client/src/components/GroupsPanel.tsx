import type { ReactElement } from 'react';

import { useLesson, useMay } from '@/hooks/use_lesson';
import { useText } from '@/i18n/use_text';

import { GroupChoice } from './groups/GroupChoice';
import { GroupPlanner } from './groups/GroupPlanner';
import { GroupsRunning } from './groups/GroupsRunning';
import { SidePanel } from './SidePanel';

/** Breakout groups: staff plan and run them; students see them and choose one where they may. */
export function GroupsPanel({ onClose }: { readonly onClose: () => void }): ReactElement {
  const { text } = useText();
  const mayRun = useMay('run_breakouts');
  const open = useLesson((lesson) => lesson.breakouts.open);
  return (
    <SidePanel title={text('groups.title')} testId="groups-panel" onClose={onClose}>
      {mayRun ? open ? <GroupsRunning /> : <GroupPlanner /> : <GroupChoice />}
    </SidePanel>
  );
}
