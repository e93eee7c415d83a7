import type { ReactElement, ReactNode } from 'react';

import type { TileNetwork } from '@/conductor/views';
import { REACTION_SIGNS } from '@/hooks/reaction_signs';
import { useText } from '@/i18n/use_text';
import type { Reaction } from '@/protocol/messages.gen';

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
  readonly hand: number;
  readonly reaction: Reaction | null;
  readonly spotlit: boolean;
  /** No picture of this person may be seen now: the avatar stands. */
  readonly blank: boolean;
  /** The picture stands still for want of bandwidth. */
  readonly paused: boolean;
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
      data-paused={props.paused}
      data-small={small}
      data-self={props.self}
      data-hand={props.hand}
    >
      <div className={classes['picture']} data-blank={props.blank}>
        {props.picture}
      </div>
      {props.blank && props.source === 'camera' ? (
        <div className={classes['blank']} style={{ '--avatar-size': `${Math.max(32, Math.min(112, props.height * 0.42))}px` }}>
          <Avatar name={props.name} />
        </div>
      ) : null}
      {props.source === 'camera' ? <Signs hand={props.hand} reaction={props.reaction} /> : null}
      {props.away ? <div className={classes['away']}>{text('tile.away')}</div> : null}
      {props.paused && !props.away ? <div className={`${classes['away']} ${classes['paused']}`}>{text('tile.paused')}</div> : null}
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

/** A hand with its place in the queue, and the reaction of the moment. Said by the label of the tile. */
function Signs({ hand, reaction }: { readonly hand: number; readonly reaction: Reaction | null }): ReactElement | null {
  if (hand === 0 && reaction === null) return null;
  return (
    <div className={classes['signs']} aria-hidden="true">
      {reaction === null ? null : (
        <span className={classes['reaction']} data-testid="tile-reaction">
          {REACTION_SIGNS[reaction]}
        </span>
      )}
      {hand === 0 ? null : (
        <span className={classes['hand']} data-testid="tile-hand">
          <Icon name="hand" size={16} />
          {hand}
        </span>
      )}
    </div>
  );
}

function labelOf(props: TileProps, title: string, text: ReturnType<typeof useText>['text']): string {
  if (props.source === 'screen') return props.paused ? `${title}, ${text('tile.paused')}` : title;
  const parts = [text('tile.label', { name: title, role: text(`role.${props.role}`) })];
  if (props.hand > 0) parts.push(text('tile.hand', { place: props.hand }));
  if (props.reaction !== null) parts.push(text(`react.${props.reaction}`));
  if (props.spotlit) parts.push(text('tile.spotlit'));
  if (props.paused && !props.away) parts.push(text('tile.paused'));
  if (props.muted) parts.push(text('tile.muted'));
  if (props.away) parts.push(text('tile.away'));
  if (props.network !== 'good') parts.push(text(`tile.network_${props.network}`));
  return parts.join(', ');
}
