import { ActionIcon } from '@mantine/core';
import type { KeyboardEvent, ReactElement, ReactNode } from 'react';

import { usePanelFocus } from '@/hooks/use_panel_focus';
import { useText } from '@/i18n/use_text';

import { Icon } from './icons';
import classes from './SidePanel.module.css';

export interface SidePanelProps {
  readonly title: string;
  /** A few words beside the title: a count, a state. */
  readonly note?: string;
  readonly label?: string;
  readonly testId: string;
  readonly onClose: () => void;
  /** The field that is written in at once where there is a keyboard; on a phone it would only cover the panel. */
  readonly fieldId?: string;
  readonly children: ReactNode;
  /** What stays at the lower edge while the rest scrolls. */
  readonly foot?: ReactNode;
}

/** Beside the pictures on a wide screen, a sheet from below on a phone: the upper part of the class stays in view. */
export function SidePanel({ title, note, label, testId, onClose, fieldId, children, foot }: SidePanelProps): ReactElement {
  const { text } = useText();
  const heading = usePanelFocus(fieldId ?? null);
  const pressed = (event: KeyboardEvent): void => {
    if (event.key !== 'Escape' || event.defaultPrevented) return;
    event.stopPropagation();
    onClose();
  };
  return (
    <aside className={classes['panel']} aria-label={label ?? title} onKeyDown={pressed} data-testid={testId}>
      <header className={classes['header']}>
        <h2 ref={heading} tabIndex={-1}>
          {title} {note === undefined ? null : <span className={classes['note']}>{note}</span>}
        </h2>
        <ActionIcon
          variant="subtle"
          color="gray"
          size="lg"
          aria-label={text('panel.close', { panel: title })}
          onClick={onClose}
          data-testid={`${testId.replace(/-panel$/, '')}-close`}
        >
          <Icon name="close" />
        </ActionIcon>
      </header>
      {children}
      {foot === undefined ? null : <div className={classes['foot']}>{foot}</div>}
    </aside>
  );
}

/** The part of a panel that scrolls. Focusable, so that the arrow keys scroll it. */
export function PanelScroll({ label, children }: { readonly label: string; readonly children: ReactNode }): ReactElement {
  return (
    <div className={classes['scroll']} tabIndex={0} role="region" aria-label={label} data-scrolls>
      {children}
    </div>
  );
}
