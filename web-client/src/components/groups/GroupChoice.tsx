import { Button, Stack, Text } from '@mantine/core';
import type { ReactElement } from 'react';

import { useBreakingOut, useBreakouts, useNames } from '@/hooks/use_groups';
import { useConnected } from '@/hooks/use_lesson';
import { useText } from '@/i18n/use_text';

import { PanelScroll } from '../SidePanel';
import classes from './groups.module.css';

/** What a student sees of the groups; where they may choose, a button at each. */
export function GroupChoice(): ReactElement {
  const { text } = useText();
  const breakouts = useBreakingOut();
  const state = useBreakouts();
  const connected = useConnected();
  const names = useNames();
  return (
    <PanelScroll label={text('groups.title')}>
      {state.open ? null : (
        <Text size="sm" c="dimmed">
          {text('groups.closed')}
        </Text>
      )}
      <Stack gap="sm">
        {state.groups.map((group) => {
          const here = group.group_id === state.own_group_id;
          const inside = group.participant_ids.map((id) => names.get(id)?.display_name ?? '').filter((name) => name !== '');
          return (
            <section key={group.group_id} className={classes['group']} aria-label={group.name} data-here={here} data-testid="group" data-name={group.name}>
              <div className={classes['head']}>
                <h3>{group.name}</h3>
                {state.mode === 'choice' && !here ? (
                  <Button size="xs" disabled={!connected} aria-label={text('groups.visit_named', { name: group.name })} onClick={() => void breakouts.choose(group.group_id)} data-testid="group-choose">
                    {text('groups.visit')}
                  </Button>
                ) : null}
              </div>
              <Text size="sm" c={inside.length === 0 ? 'dimmed' : undefined}>
                {inside.length === 0 ? text('groups.empty') : inside.join(', ')}
              </Text>
            </section>
          );
        })}
      </Stack>
    </PanelScroll>
  );
}
