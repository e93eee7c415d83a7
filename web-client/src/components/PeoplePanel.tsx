import { ActionIcon, TextInput } from '@mantine/core';
import type { ReactElement, UIEvent } from 'react';
import { useMemo, useState } from 'react';

import type { PersonRow } from '@/conductor/people';
import { useText } from '@/i18n/use_text';

import { Avatar } from './Avatar';
import { Icon } from './icons';
import classes from './PeoplePanel.module.css';

export interface PeoplePanelProps {
  readonly people: readonly PersonRow[];
  readonly onClose: () => void;
}

const ROW_PX = 56;
/** Rows beyond the edge, so that a quick scroll shows no gap. */
const SPARE = 6;

/** Who is here. Only the rows in view are drawn: a lecture has hundreds. */
export function PeoplePanel({ people, onClose }: PeoplePanelProps): ReactElement {
  const { text } = useText();
  const [wanted, setWanted] = useState('');
  const found = useMemo(() => {
    const part = wanted.trim().toLocaleLowerCase();
    return part === '' ? people : people.filter((one) => one.name.toLocaleLowerCase().includes(part));
  }, [people, wanted]);
  return (
    <aside className={classes['panel']} aria-label={text('people.title')} data-testid="people-panel">
      <header className={classes['header']}>
        <h2>
          {text('room.people')} <span className={classes['count']}>{text('room.people_count', { count: people.length })}</span>
        </h2>
        <ActionIcon variant="subtle" color="gray" size="lg" aria-label={text('people.close')} onClick={onClose} data-testid="people-close">
          <Icon name="close" />
        </ActionIcon>
      </header>
      <TextInput
        aria-label={text('people.search')}
        placeholder={text('people.search')}
        leftSection={<Icon name="search" size={16} />}
        value={wanted}
        onChange={(event) => setWanted(event.currentTarget.value)}
      />
      {found.length === 0 ? <p className={classes['none']}>{text('people.none')}</p> : <Rows people={found} />}
    </aside>
  );
}

function Rows({ people }: { readonly people: readonly PersonRow[] }): ReactElement {
  const { text } = useText();
  const [view, setView] = useState({ top: 0, height: 600 });
  const scrolled = (event: UIEvent<HTMLDivElement>): void => {
    const { scrollTop, clientHeight } = event.currentTarget;
    setView({ top: scrollTop, height: clientHeight });
  };
  const first = Math.max(0, Math.floor(view.top / ROW_PX) - SPARE);
  const last = Math.min(people.length, Math.ceil((view.top + view.height) / ROW_PX) + SPARE);
  return (
    // Focusable, so that the arrow keys scroll it.
    <div className={classes['scroll']} onScroll={scrolled} tabIndex={0} role="region" aria-label={text('people.title')} data-scrolls>
      <ul className={classes['list']} style={{ height: people.length * ROW_PX }}>
        {people.slice(first, last).map((one, index) => (
          <Row key={one.participantId} person={one} place={first + index} count={people.length} />
        ))}
      </ul>
    </div>
  );
}

function Row({ person, place, count }: { readonly person: PersonRow; readonly place: number; readonly count: number }): ReactElement {
  const { text } = useText();
  const name = person.self ? text('tile.you', { name: person.name }) : person.name;
  const marks = [text(`role.${person.role}`), ...(person.away ? [text('people.away')] : [])];
  return (
    <li
      className={classes['row']}
      style={{ top: place * ROW_PX, height: ROW_PX }}
      aria-setsize={count}
      aria-posinset={place + 1}
      data-testid={`person-${person.participantId}`}
      data-name={person.name}
      data-presence={person.away ? 'away' : 'here'}
      data-speaking={person.speaking}
    >
      <Avatar name={person.name} />
      <span className={classes['who']}>
        <span className={classes['name']}>{name}</span>
        <span className={classes['role']}>{marks.join(', ')}</span>
      </span>
      {person.role === 'observer' ? null : (
        <span className={classes['marks']}>
          <span data-off={!person.mic}>
            <Icon name={person.mic ? 'mic' : 'mic_off'} size={18} />
            <span className="hr-hidden">{person.mic ? text('people.mic_on') : text('people.mic_off')}</span>
          </span>
          <span data-off={!person.camera}>
            <Icon name={person.camera ? 'camera' : 'camera_off'} size={18} />
            <span className="hr-hidden">{person.camera ? text('people.camera_on') : text('people.camera_off')}</span>
          </span>
        </span>
      )}
    </li>
  );
}
