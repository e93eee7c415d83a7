import type { ActionIconProps } from '@mantine/core';
import { ActionIcon, Tooltip } from '@mantine/core';
import type { ComponentPropsWithoutRef, ReactElement, Ref } from 'react';

import type { IconName } from './icons';
import { Icon } from './icons';
import classes from './RoundButton.module.css';

/** What a menu or popover around the button adds to it. */
type FromTarget = Omit<ActionIconProps & ComponentPropsWithoutRef<'button'>, 'color' | 'children' | 'onClick' | 'ref'>;

export interface RoundButtonProps extends FromTarget {
  readonly icon: IconName;
  readonly label: string;
  readonly testId: string;
  readonly hint?: string;
  /** For what can be on or off. */
  readonly on?: boolean;
  /** For what opens something. */
  readonly expanded?: boolean;
  readonly popup?: 'menu' | 'dialog';
  readonly off?: boolean;
  readonly active?: boolean;
  readonly busy?: boolean;
  /** Something new behind it. The words belong into `label`; this is what the eye sees. */
  readonly count?: number;
  readonly onPress: () => void;
  readonly ref?: Ref<HTMLButtonElement>;
}

const COUNT_MAX = 99;

/** Under a thumb a button that got the focus back would keep its hint standing over the class. */
const hasKeyboard = (): boolean => window.matchMedia('(pointer: fine)').matches;

/** One round button of the class's bar. */
export function RoundButton(props: RoundButtonProps): ReactElement {
  const { icon, label, testId, hint, on, expanded, popup, off = false, active = false, busy = false, count = 0, onPress, ref, ...target } = props;
  return (
    <Tooltip label={hint === undefined ? label : `${label} (${hint})`} openDelay={400} events={{ hover: true, focus: hasKeyboard(), touch: false }}>
      <ActionIcon
        ref={ref}
        className={classes['round']}
        variant={off || active ? 'filled' : 'default'}
        color={off ? 'var(--hr-danger)' : 'pine'}
        radius="xl"
        aria-label={label}
        aria-expanded={expanded}
        aria-haspopup={popup}
        aria-busy={busy}
        aria-keyshortcuts={hint}
        id={testId}
        {...target}
        data-testid={testId}
        data-on={on}
        onClick={onPress}
      >
        <Icon name={icon} size={22} />
        {count > 0 ? (
          <span className={classes['count']} aria-hidden="true" data-testid={`${testId}-count`}>
            {count > COUNT_MAX ? `${COUNT_MAX}+` : count}
          </span>
        ) : null}
      </ActionIcon>
    </Tooltip>
  );
}
