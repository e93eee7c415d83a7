import { Button } from '@mantine/core';
import type { ReactElement, ReactNode } from 'react';

import type { LayoutMode } from '@/classroom/scene';
import { useText } from '@/i18n/use_text';

import classes from './ControlBar.module.css';
import { Icon } from './icons';
import { RoundButton } from './RoundButton';

export interface ControlBarProps {
  readonly mic: boolean;
  readonly micBusy: boolean;
  readonly camera: boolean;
  readonly cameraBusy: boolean;
  readonly sharing: boolean;
  readonly layout: LayoutMode;
  readonly mayMic: boolean;
  readonly mayCamera: boolean;
  readonly mayShare: boolean;
  /** On a phone, share and layout are in the sheet of `more`. */
  readonly narrow: boolean;
  readonly peopleOpen: boolean;
  /** Who waits for an answer of the staff: hands and people at the door. */
  readonly peopleCount: number;
  readonly peopleLabel: string;
  readonly onMic: () => void;
  readonly onCamera: () => void;
  readonly onShare: () => void;
  readonly onLayout: () => void;
  readonly onPeople: () => void;
  readonly onLeave: () => void;
  /** Hand, reactions, chat, tools. */
  readonly tools: ReactNode;
  readonly more: ReactNode;
}

export function ControlBar(props: ControlBarProps): ReactElement {
  const { text } = useText();
  const other = props.layout === 'grid' ? text('room.layout_speaker') : text('room.layout_grid');
  return (
    <div className={classes['bar']} role="group" aria-label={text('room.controls')}>
      <OwnMedia {...props} />
      <div className={classes['group']}>{props.tools}</div>
      <div className={classes['group']}>
        <RoundButton
          icon="people"
          label={props.peopleLabel}
          hint="P"
          testId="people-toggle"
          expanded={props.peopleOpen}
          active={props.peopleOpen}
          count={props.peopleCount}
          onPress={props.onPeople}
        />
        {props.narrow ? null : (
          <RoundButton icon={props.layout === 'grid' ? 'speaker_view' : 'grid'} label={other} hint="L" testId="layout-toggle" onPress={props.onLayout} />
        )}
        {props.more}
      </div>
      <Button
        className={classes['leave']}
        color="var(--hr-danger)"
        radius="xl"
        size="md"
        aria-label={text('room.leave_label')}
        data-testid="leave-button"
        leftSection={<Icon name="leave" />}
        onClick={props.onLeave}
      >
        <span className={classes['leave_text']}>{text('room.leave')}</span>
      </Button>
    </div>
  );
}

/** What of oneself the class hears and sees. */
function OwnMedia(props: ControlBarProps): ReactElement {
  const { text } = useText();
  return (
    <div className={classes['group']}>
      {props.mayMic ? (
        <RoundButton
          icon={props.mic ? 'mic' : 'mic_off'}
          label={props.mic ? text('device.mic_off') : text('device.mic_on')}
          hint="M"
          testId="mic-toggle"
          on={props.mic}
          off={!props.mic}
          busy={props.micBusy}
          onPress={props.onMic}
        />
      ) : null}
      {props.mayCamera ? (
        <RoundButton
          icon={props.camera ? 'camera' : 'camera_off'}
          label={props.camera ? text('device.camera_off') : text('device.camera_on')}
          hint="V"
          testId="camera-toggle"
          on={props.camera}
          off={!props.camera}
          busy={props.cameraBusy}
          onPress={props.onCamera}
        />
      ) : null}
      {props.mayShare && !props.narrow ? (
        <RoundButton
          icon="share"
          label={props.sharing ? text('room.share_stop') : text('room.share')}
          hint="S"
          testId="share-toggle"
          on={props.sharing}
          active={props.sharing}
          onPress={props.onShare}
        />
      ) : null}
    </div>
  );
}
