import { ActionIcon, Button } from '@mantine/core';
import type { ReactElement } from 'react';

import { useBreakingOut, useBreakouts, useBroadcast, useOwnGroup } from '@/hooks/use_groups';
import { useConnected, useMay, useName, useSelfId } from '@/hooks/use_lesson';
import { usePanel } from '@/hooks/use_panel';
import { clockOf, useTimeLeft } from '@/hooks/use_time_left';
import { useText } from '@/i18n/use_text';

import { Icon } from '../icons';
import classes from './groups.module.css';

/** Above the pictures while the class is in groups: where one is, what is to be talked about, and how to call for help. */
export function GroupStrip(): ReactElement | null {
  const open = useBreakouts().open;
  const said = useBroadcast();
  return (
    <>
      {said === null ? null : <Said byId={said.byId} words={said.text} />}
      {open ? <Where /> : null}
    </>
  );
}

function Where(): ReactElement {
  const { text } = useText();
  const state = useBreakouts();
  const breakouts = useBreakingOut();
  const group = useOwnGroup();
  const connected = useConnected();
  const selfId = useSelfId();
  const staff = useMay('run_breakouts');
  const mayCall = useMay('call_breakout_help') && group?.participant_ids.includes(selfId) === true;
  const mayChoose = useMay('choose_breakout') && state.mode === 'choice';
  const { open } = usePanel();
  const left = useTimeLeft(state.ends_utc);
  const calling = state.groups.filter((one) => one.called && one.group_id !== state.own_group_id);
  return (
    <div className={classes['strip']} role="status" data-testid="group-strip" data-group={group?.name ?? ''}>
      <span className={classes['name']}>{group === null ? (staff ? text('groups.you_main') : text('groups.others_out')) : group.name}</span>
      {state.prompt === '' ? null : <span className={classes['words']}>{state.prompt}</span>}
      {left === null ? null : (
        <span className={classes['time']} aria-hidden="true" data-testid="group-time">
          {clockOf(left)}
        </span>
      )}
      {staff
        ? calling.map((one) => (
            <Button key={one.group_id} size="xs" color="var(--hr-danger)" disabled={!connected} onClick={() => void breakouts.visit(one.group_id)} data-testid="group-answer">
              {text('groups.calls_named', { name: one.name })}
            </Button>
          ))
        : null}
      {staff && group !== null ? (
        <Button size="xs" variant="default" disabled={!connected} onClick={() => void breakouts.visit(null)} data-testid="group-back">
          {text('groups.leave')}
        </Button>
      ) : null}
      {mayChoose ? (
        <Button size="xs" variant={group === null ? 'filled' : 'default'} onClick={() => open('groups')} data-testid="group-choice">
          {group === null ? text('groups.choose') : text('groups.change')}
        </Button>
      ) : null}
      {mayCall ? (
        <Button size="xs" variant="default" disabled={!connected || group.called} onClick={() => void breakouts.callForHelp()} data-testid="group-help">
          {group.called ? text('groups.help_called') : text('groups.help')}
        </Button>
      ) : null}
    </div>
  );
}

function Said({ byId, words }: { readonly byId: string; readonly words: string }): ReactElement {
  const { text } = useText();
  const breakouts = useBreakingOut();
  const name = useName(byId);
  return (
    <div className={classes['strip']} data-said role="alert" data-testid="group-said">
      <span className={classes['words']}>
        <span className={classes['name']}>{name === '' ? text('role.instructor') : name}:</span> {words}
      </span>
      <ActionIcon variant="subtle" color="gray" aria-label={text('app.close')} onClick={() => breakouts.closeSaid()}>
        <Icon name="close" size={18} />
      </ActionIcon>
    </div>
  );
}
