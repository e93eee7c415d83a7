import { Anchor, Divider, Modal, Stack, Switch } from '@mantine/core';
import type { ReactElement } from 'react';

import type { Device } from '@/rtc/capture';
import { useText } from '@/i18n/use_text';

import { DeviceChoice } from './DeviceChoice';
import { LanguageChoice, LookChoice } from './LookAndLanguage';

export interface SettingsDialogProps {
  readonly opened: boolean;
  readonly devices: readonly Device[];
  readonly chosen: Readonly<Record<Device['kind'], string | null>>;
  readonly speakerChoosable: boolean;
  readonly mayMic: boolean;
  readonly mayCamera: boolean;
  readonly music: boolean;
  readonly shortcuts: boolean;
  readonly onChoose: (kind: Device['kind'], id: string | null) => void;
  readonly onMusic: (on: boolean) => void;
  readonly onShortcuts: (on: boolean) => void;
  readonly onClose: () => void;
}

export function SettingsDialog(props: SettingsDialogProps): ReactElement {
  const { text } = useText();
  const choice = (kind: Device['kind'], choosable = true): ReactElement => (
    <DeviceChoice kind={kind} devices={props.devices} chosen={props.chosen[kind]} choosable={choosable} onChoose={props.onChoose} />
  );
  return (
    <Modal
      opened={props.opened}
      onClose={props.onClose}
      title={text('settings.title')}
      closeButtonProps={{ 'aria-label': text('app.close') }}
      centered
    >
      <Stack gap="md">
        {props.mayCamera ? choice('camera') : null}
        {props.mayMic ? choice('mic') : null}
        {choice('speaker', props.speakerChoosable)}
        {props.mayMic ? (
          <Switch
            label={text('settings.music')}
            description={text('settings.music_text')}
            checked={props.music}
            onChange={(event) => props.onMusic(event.currentTarget.checked)}
            data-testid="music-toggle"
          />
        ) : null}
        <Divider />
        <LookChoice />
        <LanguageChoice />
        <Switch
          label={text('settings.shortcuts')}
          description={text('settings.shortcuts_text')}
          checked={props.shortcuts}
          onChange={(event) => props.onShortcuts(event.currentTarget.checked)}
        />
        <Anchor href="/selftest" target="_blank" rel="noreferrer" size="sm" underline="always">
          {text('home.selftest')}
        </Anchor>
      </Stack>
    </Modal>
  );
}
