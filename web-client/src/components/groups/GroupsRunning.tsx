import { Button, NativeSelect, Stack, Text, TextInput } from '@mantine/core';
import type { ReactElement, SubmitEvent } from 'react';
import { useState } from 'react';

import { useConnected } from '@/hooks/use_lesson';
import { useBreakingOut, useBreakouts, useGroupable, useNames } from '@/hooks/use_groups';
import { clockOf, useTimeLeft } from '@/hooks/use_time_left';
import { useText } from '@/i18n/use_text';
import type { BreakoutGroup } from '@/protocol/messages.gen';

import { PanelScroll } from '../SidePanel';
import classes from './groups.module.css';

const SAY_MAX = 500;

/** While the class is in groups: look in, move people, tell all of them something, bring them back. */
export function GroupsRunning(): ReactElement {
  const { text } = useText();
  const breakouts = useBreakingOut();
  const state = useBreakouts();
  const connected = useConnected();
  const students = useGroupable();
  const left = useTimeLeft(state.ends_utc);
  const placed = new Set(state.groups.flatMap((one) => one.participant_ids));
  const loose = students.filter((one) => !placed.has(one.participant_id));
  return (
    <PanelScroll label={text('groups.title')}>
      <Stack gap="md">
        <Button color="var(--hr-danger)" disabled={!connected} onClick={() => void breakouts.end()} data-testid="groups-end">
          {text('groups.end')}
        </Button>
        {left === null ? null : <Text size="sm">{text('groups.left', { time: clockOf(left) })}</Text>}
        {state.prompt === '' ? null : <Text size="sm">{state.prompt}</Text>}
        <Say />
        {state.groups.map((group) => (
          <Running key={group.group_id} group={group} here={group.group_id === state.own_group_id} />
        ))}
        {loose.length === 0 ? null : (
          <section className={classes['group']} aria-label={text('groups.main_room')}>
            <div className={classes['head']}>
              <h3>{text('groups.main_room')}</h3>
            </div>
            <ul className={classes['people']}>
              {loose.map((one) => (
                <Member key={one.participant_id} id={one.participant_id} groupId={null} />
              ))}
            </ul>
          </section>
        )}
      </Stack>
    </PanelScroll>
  );
}

function Say(): ReactElement {
  const { text } = useText();
  const breakouts = useBreakingOut();
  const connected = useConnected();
  const [words, setWords] = useState('');
  const say = (event: SubmitEvent): void => {
    event.preventDefault();
    const said = words.trim();
    if (said === '') return;
    void breakouts.say(said).then((done) => {
      if (done) setWords('');
    });
  };
  return (
    <form onSubmit={say}>
      <TextInput
        label={text('groups.say')}
        value={words}
        maxLength={SAY_MAX}
        onChange={(event) => setWords(event.currentTarget.value)}
        data-testid="groups-say"
        rightSectionWidth={92}
        rightSection={
          <Button type="submit" size="compact-sm" disabled={!connected || words.trim() === ''} data-testid="groups-say-send">
            {text('groups.say_send')}
          </Button>
        }
      />
    </form>
  );
}

function Running({ group, here }: { readonly group: BreakoutGroup; readonly here: boolean }): ReactElement {
  const { text } = useText();
  const breakouts = useBreakingOut();
  const connected = useConnected();
  const names = useNames();
  const visitors = group.visitor_ids.map((id) => names.get(id)?.display_name ?? '').filter((name) => name !== '');
  return (
    <section className={classes['group']} aria-label={group.name} data-called={group.called} data-here={here} data-testid="group" data-name={group.name}>
      <div className={classes['head']}>
        <h3>{group.name}</h3>
        <Button
          size="xs"
          variant={here ? 'default' : 'filled'}
          disabled={!connected}
          aria-label={here ? text('groups.leave') : text('groups.visit_named', { name: group.name })}
          onClick={() => void breakouts.visit(here ? null : group.group_id)}
          data-testid="group-visit"
        >
          {here ? text('groups.leave') : text('groups.visit')}
        </Button>
      </div>
      {group.called ? (
        <span className={classes['called']} role="status">
          {text('groups.calls')}
        </span>
      ) : null}
      {visitors.length === 0 ? null : (
        <Text size="xs" c="dimmed">
          {text('groups.visited_by', { names: visitors.join(', ') })}
        </Text>
      )}
      {group.participant_ids.length === 0 ? (
        <Text size="sm" c="dimmed">
          {text('groups.empty')}
        </Text>
      ) : (
        <ul className={classes['people']}>
          {group.participant_ids.map((id) => (
            <Member key={id} id={id} groupId={group.group_id} />
          ))}
        </ul>
      )}
    </section>
  );
}

function Member({ id, groupId }: { readonly id: string; readonly groupId: string | null }): ReactElement | null {
  const { text } = useText();
  const breakouts = useBreakingOut();
  const connected = useConnected();
  const { groups } = useBreakouts();
  const person = useNames().get(id);
  if (person === undefined) return null;
  return (
    <li className={classes['person']} data-testid="group-member" data-name={person.display_name}>
      <span>{person.presence === 'away' ? `${person.display_name} (${text('people.away')})` : person.display_name}</span>
      <NativeSelect
        size="xs"
        aria-label={text('groups.group_of', { name: person.display_name })}
        disabled={!connected}
        value={groupId ?? ''}
        data={[{ value: '', label: text('groups.main_room') }, ...groups.map((one) => ({ value: one.group_id, label: one.name }))]}
        onChange={(event) => void breakouts.move(id, event.currentTarget.value === '' ? null : event.currentTarget.value)}
      />
    </li>
  );
}
