import type { ReactElement } from 'react';

import type { LayoutMode } from '@/classroom/scene';
import { useLesson, useLessonVerbs, useMay } from '@/hooks/use_lesson';
import { useText } from '@/i18n/use_text';

import { useClassTools } from './class_tools';
import type { MenuItem } from './MenuSheet';
import { MenuSheet } from './MenuSheet';
import { ReactionChoice } from './Reactions';

export interface MoreMenuProps {
  readonly narrow: boolean;
  readonly layout: LayoutMode;
  readonly mayShare: boolean;
  readonly sharing: boolean;
  readonly onShare: () => void;
  readonly onLayout: () => void;
  readonly onCallHelp: () => void;
  readonly onPermissions: () => void;
  readonly onSettings: () => void;
  readonly onKeys: () => void;
}

/** What is needed now and then. On a phone it also holds what the bar has no room for. */
export function MoreMenu(props: MoreMenuProps): ReactElement {
  const { text } = useText();
  const mayReact = useMay('react');
  const mayCall = useMay('ask_help');
  const guiding = useGuiding(props.onPermissions);
  const tools = useClassTools();
  const items: MenuItem[] = [
    ...(props.narrow ? tools : []),
    ...(props.narrow ? onlyNarrow(props, text) : []),
    ...guiding,
    ...(mayCall ? [{ icon: 'shield', label: text('call.open'), testId: 'call-help-open', apart: guiding.length > 0, run: props.onCallHelp } as const] : []),
    { icon: 'settings', label: text('room.settings'), testId: 'settings-open', apart: true, run: props.onSettings },
    ...(props.narrow ? [] : [{ icon: 'help', label: text('room.help'), hint: '?', testId: 'help-open', run: props.onKeys } as const]),
  ];
  return (
    <MenuSheet
      icon="more"
      label={text('room.more')}
      testId="more-toggle"
      items={items}
      {...(mayReact ? { top: (close: () => void) => <ReactionChoice onDone={close} /> } : {})}
    />
  );
}

function onlyNarrow(props: MoreMenuProps, text: ReturnType<typeof useText>['text']): MenuItem[] {
  const items: MenuItem[] = [];
  if (props.mayShare) {
    items.push({ icon: 'share', label: props.sharing ? text('room.share_stop') : text('room.share'), testId: 'share-toggle', run: props.onShare });
  }
  const grid = props.layout === 'grid';
  items.push({
    icon: grid ? 'speaker_view' : 'grid',
    label: grid ? text('room.layout_speaker') : text('room.layout_grid'),
    testId: 'layout-toggle',
    run: props.onLayout,
  });
  return items;
}

/** Staff: what concerns everybody at once. */
function useGuiding(onPermissions: () => void): MenuItem[] {
  const { text } = useText();
  const verbs = useLessonVerbs();
  const locked = useLesson((lesson) => lesson.status?.locked ?? false);
  const hands = useLesson((lesson) => lesson.hands.length);
  const spotlit = useLesson((lesson) => lesson.spotlight !== null);
  const mayAdmit = useMay('admit');
  const mayMute = useMay('mute_others');
  const mayLower = useMay('lower_hands');
  const maySpotlight = useMay('spotlight');
  const mayPermit = useMay('permit');
  const items: MenuItem[] = [];
  if (mayMute) items.push({ icon: 'mic_off', label: text('guide.mute_all'), testId: 'mute-all', apart: true, run: () => void verbs.mute(null) });
  if (mayLower && hands > 0) {
    items.push({ icon: 'hand', label: text('guide.lower_all'), testId: 'lower-all', run: () => void verbs.lowerHand(null) });
  }
  if (maySpotlight && spotlit) {
    items.push({ icon: 'star', label: text('guide.spotlight_off'), testId: 'spotlight-off', run: () => void verbs.spotlight(null) });
  }
  if (mayAdmit) {
    const label = locked ? text('guide.unlock') : text('guide.lock');
    items.push({ icon: locked ? 'unlock' : 'lock', label, testId: 'lock-toggle', run: () => void verbs.lock(!locked) });
  }
  if (mayPermit) items.push({ icon: 'check', label: text('permit.open'), testId: 'permissions-open', run: onPermissions });
  return items;
}
