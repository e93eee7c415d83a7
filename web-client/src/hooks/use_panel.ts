import { useCallback } from 'react';

import type { PanelName } from '@/classroom/desk';

import { useApp, useConductor } from './conductor_context';

export interface OpenPanel {
  readonly panel: PanelName | null;
  readonly toggle: (panel: PanelName) => void;
  readonly open: (panel: PanelName) => void;
  readonly close: () => void;
}

/** Where the focus goes when a panel closes: to the button that it was opened from, else to the menu that holds it. */
function buttonOf(panel: PanelName): HTMLElement | null {
  const find = (name: string): HTMLElement | null => document.querySelector<HTMLElement>(`button[data-testid="${name}-toggle"]`);
  return find(panel) ?? find('tools') ?? find('more');
}

export function usePanel(): OpenPanel {
  const conductor = useConductor();
  const panel = useApp((state) => state.desk.panel);
  const close = useCallback(() => {
    const was = conductor.store.get().desk.panel;
    conductor.lesson.openPanel(null);
    if (was === null) return;
    buttonOf(was)?.focus();
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
