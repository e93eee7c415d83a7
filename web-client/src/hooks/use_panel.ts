import { useCallback } from 'react';

import type { PanelName } from '@/classroom/desk';

import { useApp, useConductor } from './conductor_context';

export interface OpenPanel {
  readonly panel: PanelName | null;
  readonly toggle: (panel: PanelName) => void;
  readonly open: (panel: PanelName) => void;
  readonly close: () => void;
}

/** The button that a panel was opened from has this id: the focus goes back to it. */
export const toggleId = (panel: PanelName): string => `${panel}-toggle`;

export function usePanel(): OpenPanel {
  const conductor = useConductor();
  const panel = useApp((state) => state.desk.panel);
  const close = useCallback(() => {
    const was = conductor.store.get().desk.panel;
    conductor.lesson.openPanel(null);
    if (was === null) return;
    const button = document.getElementById(toggleId(was)) ?? document.getElementById('tools-toggle') ?? document.getElementById('more-toggle');
    button?.focus();
  }, [conductor]);
  const open = useCallback((name: PanelName) => conductor.lesson.openPanel(name), [conductor]);
  const toggle = useCallback(
    (name: PanelName) => {
      if (conductor.store.get().desk.panel === name) close();
      else open(name);
    },
    [conductor, close, open],
  );
  return { panel, toggle, open, close };
}
