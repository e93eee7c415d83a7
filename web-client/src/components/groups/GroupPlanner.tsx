import { Button, Group, NativeSelect, NumberInput, SegmentedControl, Stack, Text, Textarea } from '@mantine/core';
import type { ReactElement } from 'react';
import { useState } from 'react';

import { useConnected } from '@/hooks/use_lesson';
import { BREAKOUT_PROMPT_MAX, GROUPS_MAX, planOf, randomGroups, useBreakingOut, useGroupable, withCount, withMember } from '@/hooks/use_groups';
import { useText } from '@/i18n/use_text';

import { PanelScroll } from '../SidePanel';
import classes from './groups.module.css';

const MINUTES = [3, 5, 10, 15, 20, 30, 45] as const;
type Way = 'random' | 'hand' | 'choice';
type Groups = readonly (readonly string[])[];

/** Who goes where, for how long, and with which question. */
export function GroupPlanner(): ReactElement {
  const { text } = useText();
  const breakouts = useBreakingOut();
  const connected = useConnected();
  const people = useGroupable();
  const ids = people.map((one) => one.participant_id);
  const [way, setWay] = useState<Way>('random');
  const [count, setCount] = useState(2);
  const [groups, setGroups] = useState<Groups>(() => randomGroups(ids, 2, Math.random));
  const [prompt, setPrompt] = useState('');
  const [minutes, setMinutes] = useState('10');
  const [busy, setBusy] = useState(false);

  const choose = (next: Way, size = count): void => {
    setWay(next);
    setCount(size);
    setGroups(next === 'random' ? randomGroups(ids, size, Math.random) : next === 'choice' ? withCount([], size) : withCount(groups, size));
  };
  // Whoever came since then is in no group of a random plan yet: they are dealt in where there are fewest.
  const planned = way === 'random' ? dealtIn(groups, ids) : groups;
  const open = (): void => {
    setBusy(true);
    const plan = planOf(planned, new Set(ids), (number) => text('groups.name', { number }));
    const seconds = minutes === '' ? null : Number(minutes) * 60;
    void breakouts.open({ groups: plan, mode: way === 'choice' ? 'choice' : 'assigned', seconds, prompt: prompt.trim() }).then(() => setBusy(false));
  };

  return (
    <PanelScroll label={text('groups.plan')}>
      <Stack gap="md">
        <SegmentedControl
          fullWidth
          value={way}
          onChange={(value) => choose(value === 'hand' || value === 'choice' ? value : 'random')}
          data={[
            { value: 'random', label: text('groups.random') },
            { value: 'hand', label: text('groups.by_hand') },
            { value: 'choice', label: text('groups.choice') },
          ]}
          aria-label={text('groups.way')}
          data-testid="groups-way"
        />
        <Group grow align="flex-end" gap="sm">
          <NumberInput
            label={text('groups.count')}
            min={1}
            max={GROUPS_MAX}
            value={count}
            clampBehavior="strict"
            allowDecimal={false}
            onChange={(value) => choose(way, Math.min(GROUPS_MAX, Math.max(1, Number(value) || 1)))}
            data-testid="groups-count"
          />
          <NativeSelect
            label={text('time.limit')}
            value={minutes}
            data={[{ value: '', label: text('time.none') }, ...MINUTES.map((one) => ({ value: String(one), label: text('time.minutes', { count: one }) }))]}
            onChange={(event) => setMinutes(event.currentTarget.value)}
            data-testid="groups-minutes"
          />
        </Group>
        <Textarea
          label={text('groups.prompt')}
          description={text('groups.prompt_text')}
          value={prompt}
          maxLength={BREAKOUT_PROMPT_MAX}
          autosize
          minRows={2}
          maxRows={6}
          onChange={(event) => setPrompt(event.currentTarget.value)}
          data-testid="groups-prompt"
        />
        {way === 'choice' ? (
          <Text size="sm">{text('groups.choice_text')}</Text>
        ) : people.length === 0 ? (
          <Text size="sm" c="dimmed">
            {text('groups.nobody')}
          </Text>
        ) : (
          <ul className={classes['people']}>
            {people.map((one) => {
              const at = planned.findIndex((group) => group.includes(one.participant_id));
              return (
                <li key={one.participant_id} className={classes['person']} data-testid="groups-person" data-name={one.display_name}>
                  <span>{one.display_name}</span>
                  <NativeSelect
                    size="xs"
                    aria-label={text('groups.group_of', { name: one.display_name })}
                    value={at < 0 ? '' : String(at)}
                    data={[{ value: '', label: text('groups.main_room') }, ...planned.map((_, index) => ({ value: String(index), label: text('groups.name', { number: index + 1 }) }))]}
                    onChange={(event) => {
                      const value = event.currentTarget.value;
                      setWay('hand');
                      setGroups(withMember(planned, one.participant_id, value === '' ? null : Number(value)));
                    }}
                  />
                </li>
              );
            })}
          </ul>
        )}
        {way === 'random' && people.length > 1 ? (
          <Button variant="default" onClick={() => setGroups(randomGroups(ids, count, Math.random))} data-testid="groups-shuffle">
            {text('groups.shuffle')}
          </Button>
        ) : null}
        <Button onClick={open} loading={busy} disabled={!connected} data-testid="groups-open">
          {text('groups.open')}
        </Button>
      </Stack>
    </PanelScroll>
  );
}

function dealtIn(groups: Groups, ids: readonly string[]): Groups {
  const known = new Set(groups.flat());
  let dealt = groups;
  for (const id of ids) {
    if (known.has(id) || dealt.length === 0) continue;
    const sizes = dealt.map((group) => group.length);
    dealt = withMember(dealt, id, sizes.indexOf(Math.min(...sizes)));
  }
  return dealt;
}
