import { Drawer, Kbd, Menu, UnstyledButton } from '@mantine/core';
import type { ReactElement, ReactNode } from 'react';
import { useState } from 'react';

import { useNarrow } from '@/hooks/use_narrow';
import { useText } from '@/i18n/use_text';

import type { IconName } from './icons';
import { Icon } from './icons';
import classes from './MenuSheet.module.css';
import { RoundButton } from './RoundButton';

export interface MenuItem {
  readonly icon: IconName;
  readonly label: string;
  readonly testId: string;
  readonly hint?: string;
  readonly danger?: boolean;
  /** Begins a new group. */
  readonly apart?: boolean;
  readonly run: () => void;
}

export interface MenuSheetProps {
  readonly icon: IconName;
  readonly label: string;
  readonly testId: string;
  readonly items: readonly MenuItem[];
  readonly count?: number;
  /** Above the items of the sheet on a phone. */
  readonly top?: (close: () => void) => ReactNode;
}

/** A round button with more behind it: a menu beside a pointer, a sheet from below under a thumb. */
export function MenuSheet(props: MenuSheetProps): ReactElement {
  return useNarrow() ? <Sheet {...props} /> : <Dropdown {...props} />;
}

function Dropdown({ icon, label, testId, items, count = 0 }: MenuSheetProps): ReactElement {
  const [opened, setOpened] = useState(false);
  return (
    <Menu id={testId} opened={opened} onChange={setOpened} position="top" shadow="md" radius="md" withinPortal>
      <Menu.Target>
        <RoundButton icon={icon} label={label} testId={testId} popup="menu" expanded={opened} active={opened} count={count} onPress={() => setOpened((open) => !open)} />
      </Menu.Target>
      <Menu.Dropdown>
        {items.map((item) => [
          item.apart === true ? <Menu.Divider key={`${item.testId}-line`} /> : null,
          <Menu.Item
            key={item.testId}
            leftSection={<Icon name={item.icon} size={18} />}
            rightSection={item.hint === undefined ? undefined : <Kbd size="xs">{item.hint}</Kbd>}
            data-testid={item.testId}
            {...(item.danger === true ? { color: 'var(--mantine-color-error)' } : {})}
            onClick={item.run}
          >
            {item.label}
          </Menu.Item>,
        ])}
      </Menu.Dropdown>
    </Menu>
  );
}

function Sheet({ icon, label, testId, items, count = 0, top }: MenuSheetProps): ReactElement {
  const { text } = useText();
  const [opened, setOpened] = useState(false);
  const close = (): void => setOpened(false);
  return (
    <>
      <RoundButton icon={icon} label={label} testId={testId} popup="dialog" expanded={opened} count={count} onPress={() => setOpened(true)} />
      <Drawer
        opened={opened}
        onClose={close}
        position="bottom"
        size="auto"
        title={label}
        closeButtonProps={{ 'aria-label': text('app.close') }}
        classNames={{ content: classes['sheet'] ?? '' }}
      >
        {top?.(close)}
        <div className={classes['items']}>
          {items.map((item) => (
            <UnstyledButton
              key={item.testId}
              className={classes['item']}
              data-danger={item.danger}
              data-apart={item.apart}
              data-testid={item.testId}
              onClick={() => {
                close();
                item.run();
              }}
            >
              <Icon name={item.icon} size={22} />
              {item.label}
            </UnstyledButton>
          ))}
        </div>
      </Drawer>
    </>
  );
}
