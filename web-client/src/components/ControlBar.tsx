import { ActionIcon, Button, Tooltip } from '@mantine/core';
import type { ReactElement } from 'react';

import type { LayoutMode } from '@/classroom/scene';
import { useText } from '@/i18n/use_text';

import classes from './ControlBar.module.css';
import type { IconName } from './icons';
import { Icon } from './icons';

export interface ControlBarProps {
  readonly mic: boolean;
  readonly micBusy: boolean;
  readonly camera: boolean;
  readonly cameraBusy: boolean;
  readonly sharing: boolean;
  readonly layout: LayoutMode;
  readonly peopleOpen: boolean;
  readonly mayMic: boolean;
  readonly mayCamera: boolean;
  readonly mayShare: boolean;
  readonly onMic: () => void;
  readonly onCamera: () => void;
  readonly onShare: () => void;
  readonly onLayout: () => void;
  readonly onPeople: () => void;
  readonly onSettings: () => void;
  readonly onHelp: () => void;
  readonly onLeave: () => void;
}

export function ControlBar(props: ControlBarProps): ReactElement {
  const { text } = useText();
  const other = props.layout === 'grid' ? text('room.layout_speaker') : text('room.layout_grid');
  return (
    <div className={classes['bar']} role="group" aria-label={text('room.controls')}>
      <div className={classes['group']}>
        {props.mayMic ? (
          <Round
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
          <Round
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
        {props.mayShare ? (
          <Round
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
      <div className={classes['group']}>
        <Round
          icon={props.layout === 'grid' ? 'speaker_view' : 'grid'}
          label={other}
          hint="L"
          testId="layout-toggle"
          onPress={props.onLayout}
        />
        <Round
          icon="people"
          label={text('room.people')}
          hint="P"
          testId="people-toggle"
          expanded={props.peopleOpen}
          active={props.peopleOpen}
          onPress={props.onPeople}
        />
        <Round icon="settings" label={text('room.settings')} testId="settings-open" onPress={props.onSettings} />
        <span className={classes['wide']}>
          <Round icon="help" label={text('room.help')} hint="?" testId="help-open" onPress={props.onHelp} />
        </span>
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

interface RoundProps {
  readonly icon: IconName;
  readonly label: string;
  readonly testId: string;
  readonly hint?: string;
  /** For what can be on or off. */
  readonly on?: boolean;
  /** For what opens something. */
  readonly expanded?: boolean;
  readonly off?: boolean;
  readonly active?: boolean;
  readonly busy?: boolean;
  readonly onPress: () => void;
}

function Round({ icon, label, testId, hint, on, expanded, off = false, active = false, busy = false, onPress }: RoundProps): ReactElement {
  return (
    <Tooltip label={hint === undefined ? label : `${label} (${hint})`} openDelay={400} events={{ hover: true, focus: true, touch: false }}>
      <ActionIcon
        className={classes['round']}
        variant={off || active ? 'filled' : 'default'}
        color={off ? 'var(--hr-danger)' : 'pine'}
        radius="xl"
        aria-label={label}
        aria-expanded={expanded}
        aria-busy={busy}
        aria-keyshortcuts={hint}
        id={testId}
        data-testid={testId}
        data-on={on}
        onClick={onPress}
      >
        <Icon name={icon} size={22} />
      </ActionIcon>
    </Tooltip>
  );
}
