import { NativeSelect } from '@mantine/core';
import type { ReactElement } from 'react';

import type { Device } from '@/rtc/capture';
import { useText } from '@/i18n/use_text';

export interface DeviceChoiceProps {
  readonly kind: Device['kind'];
  readonly devices: readonly Device[];
  readonly chosen: string | null;
  /** Some browsers leave the speaker to the system. */
  readonly choosable: boolean;
  readonly onChoose: (kind: Device['kind'], id: string | null) => void;
}

const DEFAULT = '';

/** A plain select: it works on every phone and with every screen reader. */
export function DeviceChoice({ kind, devices, chosen, choosable, onChoose }: DeviceChoiceProps): ReactElement {
  const { text } = useText();
  // Chromium lists its own "default" and "communications" entries; ours says the same.
  const mine = devices.filter((one) => one.kind === kind && one.id !== 'default' && one.id !== 'communications');
  const options = [{ value: DEFAULT, label: text('check.default') }, ...mine.map((one) => ({ value: one.id, label: one.label }))];
  const known = mine.some((one) => one.id === chosen);
  return (
    <NativeSelect
      label={text(`check.${kind}`)}
      description={choosable ? undefined : text('check.speaker_system')}
      disabled={!choosable}
      data={options}
      value={known ? (chosen ?? DEFAULT) : DEFAULT}
      onChange={(event) => onChoose(kind, event.currentTarget.value === DEFAULT ? null : event.currentTarget.value)}
      data-testid={`choose-${kind}`}
    />
  );
}
