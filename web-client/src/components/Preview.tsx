import { ActionIcon, Tooltip } from '@mantine/core';
import type { ReactElement } from 'react';

import type { Outlet } from '@/conductor/local_state';
import { useText } from '@/i18n/use_text';

import { Icon } from './icons';
import { LocalVideo } from './LiveTile';
import classes from './Preview.module.css';

export interface PreviewProps {
  readonly mic: Outlet;
  readonly camera: Outlet;
  readonly onMic: () => void;
  readonly onCamera: () => void;
}

/** One's own picture as in a mirror, with the two switches below it. */
export function Preview({ mic, camera, onMic, onCamera }: PreviewProps): ReactElement {
  const { text } = useText();
  const live = camera.on && !camera.busy;
  const words = camera.busy ? text('check.camera_opening') : text('check.camera_off');
  return (
    <div className={classes['preview']} role="group" aria-label={text('check.preview')} data-testid="preview" data-live={live}>
      <div className={classes['picture']} data-live={live}>
        <LocalVideo />
      </div>
      {live ? null : <p className={classes['words']}>{words}</p>}
      <div className={classes['switches']}>
        <Switch
          on={mic.on}
          busy={mic.busy}
          icon={mic.on ? 'mic' : 'mic_off'}
          label={mic.on ? text('device.mic_off') : text('device.mic_on')}
          testId="mic-toggle"
          onPress={onMic}
        />
        <Switch
          on={camera.on}
          busy={camera.busy}
          icon={camera.on ? 'camera' : 'camera_off'}
          label={camera.on ? text('device.camera_off') : text('device.camera_on')}
          testId="camera-toggle"
          onPress={onCamera}
        />
      </div>
    </div>
  );
}

interface SwitchProps {
  readonly on: boolean;
  readonly busy: boolean;
  readonly icon: 'mic' | 'mic_off' | 'camera' | 'camera_off';
  readonly label: string;
  readonly testId: string;
  readonly onPress: () => void;
}

function Switch({ on, busy, icon, label, testId, onPress }: SwitchProps): ReactElement {
  return (
    <Tooltip label={label} openDelay={400}>
      <ActionIcon
        size={48}
        radius="xl"
        variant={on ? 'default' : 'filled'}
        color={on ? 'pine' : 'var(--hr-danger)'}
        aria-label={label}
        aria-busy={busy}
        data-on={on}
        data-testid={testId}
        onClick={onPress}
      >
        <Icon name={icon} size={22} />
      </ActionIcon>
    </Tooltip>
  );
}
