import type { ReactElement } from 'react';

import { usePeople } from '@/hooks/use_room_facts';
import { usePanel } from '@/hooks/use_panel';

import { ChatPanel } from './ChatPanel';
import { ChecksPanel } from './ChecksPanel';
import { GroupsPanel } from './GroupsPanel';
import { MaterialsPanel } from './MaterialsPanel';
import { PeoplePanel } from './PeoplePanel';

/** The one panel that is open beside the pictures. */
export function ClassPanels(): ReactElement | null {
  const { panel, close } = usePanel();
  switch (panel) {
    case 'people':
      return <People onClose={close} />;
    case 'chat':
      return <ChatPanel onClose={close} />;
    case 'checks':
      return <ChecksPanel onClose={close} />;
    case 'groups':
      return <GroupsPanel onClose={close} />;
    case 'materials':
      return <MaterialsPanel onClose={close} />;
    case null:
      return null;
  }
}

function People({ onClose }: { readonly onClose: () => void }): ReactElement {
  return <PeoplePanel people={usePeople()} onClose={onClose} />;
}
