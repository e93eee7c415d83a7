import type { ReactElement, ReactNode } from 'react';

import type { TileNetwork } from '@/conductor/views';
import { useText } from '@/i18n/use_text';

import { Avatar } from './Avatar';
import { Icon } from './icons';
import classes from './Tile.module.css';

export interface TileProps {
  readonly participantId: string;
  readonly name: string;
  readonly role: 'instructor' | 'assistant' | 'student' | 'observer';
  readonly source: 'camera' | 'screen';
  readonly self: boolean;
  readonly muted: boolean;
  readonly speaking: boolean;
  readonly away: boolean;
  readonly network: TileNetwork;
  /** No picture of this person may be seen now: the avatar stands. */
  readonly blank: boolean;
  readonly width: number;
  readonly height: number;
  /** The video element, which stays in place below the avatar while blank. */
  readonly picture: ReactNode;
}

/** One person, or one shared screen. */
export function Tile(props: TileProps): ReactElement {
  const { text } = useText();
  const shown = props.self ? text('tile.you', { name: props.name }) : props.name;
  const title = props.source === 'screen' ? text('room.shared_screen', { name: props.name }) : shown;
  const small = props.height < 130;
  return (
    <div
      className={classes['tile']}
      role="group"
      aria-label={labelOf(props, title, text)}
      style={{ width: props.width, height: props.height }}
      data-testid={props.self ? 'self-tile' : `tile-${props.participantId}`}
      data-participant={props.participantId}
      data-name={props.name}
      data-muted={props.muted}
      data-blank={props.blank}
      data-source={props.source}
      data-speaking={props.speaking && props.source === 'camera'}
      data-away={props.away}
      data-small={small}
      data-self={props.self}
    >
      <div className={classes['picture']} data-blank={props.blank}>
        {props.picture}
      </div>
      {props.blank && props.source === 'camera' ? (
        <div className={classes['blank']} style={{ '--avatar-size': `${Math.max(32, Math.min(112, props.height * 0.42))}px` }}>
          <Avatar name={props.name} />
        </div>
      ) : null}
      {props.away ? <div className={classes['away']}>{text('tile.away')}</div> : null}
      <div className={classes['name']} aria-hidden="true">
        {props.muted && props.source === 'camera' ? (
          <span className={classes['muted']}>
            <Icon name="mic_off" size={small ? 14 : 16} />
          </span>
        ) : null}
        <span className={classes['text']}>{title}</span>
        {props.network === 'good' ? null : (
          <span className={classes['network']} data-level={props.network} title={text(`tile.network_${props.network}`)}>
            <Icon name="network" size={small ? 14 : 16} />
          </span>
        )}
      </div>
    </div>
  );
}

function labelOf(props: TileProps, title: string, text: ReturnType<typeof useText>['text']): string {
  if (props.source === 'screen') return title;
  const parts = [text('tile.label', { name: title, role: text(`role.${props.role}`) })];
  if (props.muted) parts.push(text('tile.muted'));
  if (props.away) parts.push(text('tile.away'));
  if (props.network !== 'good') parts.push(text(`tile.network_${props.network}`));
  return parts.join(', ');
}
