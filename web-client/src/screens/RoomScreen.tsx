import { Alert, Text } from '@mantine/core';
import type { ReactElement } from 'react';
import { useCallback, useState } from 'react';

import { CaptureProblemText } from '@/components/CaptureProblemText';
import { ControlBar } from '@/components/ControlBar';
import { HelpDialog } from '@/components/HelpDialog';
import { LiveRegion } from '@/components/LiveRegion';
import { PeoplePanel } from '@/components/PeoplePanel';
import { SettingsDialog } from '@/components/SettingsDialog';
import { SharingBar } from '@/components/SharingBar';
import { SlotSounds } from '@/components/SlotSounds';
import { Stage } from '@/components/Stage';
import { StatusBanner } from '@/components/StatusBanner';
import { useConductor } from '@/hooks/conductor_context';
import { useHeadingFocus } from '@/hooks/use_heading_focus';
import { usePeople, useRoomFacts } from '@/hooks/use_room_facts';
import { useScene } from '@/hooks/use_scene';
import type { Shortcut } from '@/hooks/use_shortcuts';
import { useShortcuts } from '@/hooks/use_shortcuts';
import { useSupport } from '@/hooks/use_support';
import { useWakeLock } from '@/hooks/use_wake_lock';
import { hasText } from '@/i18n/texts';
import { useText } from '@/i18n/use_text';

import classes from './RoomScreen.module.css';

type Open = 'none' | 'settings' | 'help';

/** The class itself. */
export function RoomScreen(): ReactElement {
  const { text } = useText();
  const conductor = useConductor();
  const facts = useRoomFacts();
  const scene = useScene();
  const support = useSupport();
  const [dialog, setDialog] = useState<Open>('none');
  const [peopleOpen, setPeopleOpen] = useState(false);
  const { local } = facts;
  const mayShare = facts.mayShare && support.screenShare;
  const heading = useHeadingFocus();
  useWakeLock(true);

  const verbs = {
    mic: () => void conductor.setMic(!local.mic.on),
    camera: () => void conductor.setCamera(!local.camera.on),
    share: () => void conductor.setShare(!local.screen.on),
    layout: () => conductor.setLayout(facts.layout === 'grid' ? 'speaker' : 'grid'),
    people: () => setPeopleOpen((open) => !open),
    page: (by: number) => conductor.setPage(Math.min(scene.pages - 1, Math.max(0, scene.page + by))),
  };
  const shortcut = (key: Shortcut): void => {
    if (key === 'm' && facts.mayMic) verbs.mic();
    else if (key === 'v' && facts.mayCamera) verbs.camera();
    else if (key === 's' && mayShare) verbs.share();
    else if (key === 'p') verbs.people();
    else if (key === 'l') verbs.layout();
    else if (key === '?') setDialog('help');
    else if (key === 'next') verbs.page(1);
    else if (key === 'previous') verbs.page(-1);
  };
  useShortcuts(facts.shortcuts, shortcut);
  // The focus goes back to where the list was opened from.
  const closePeople = (): void => {
    setPeopleOpen(false);
    document.getElementById('people-toggle')?.focus();
  };
  const onBox = useCallback((box: { width: number; height: number }) => conductor.setBox(box), [conductor]);

  return (
    <main className={classes['room']} data-testid="room">
      <h1 className="hr-hidden" tabIndex={-1} ref={heading}>
        {facts.title}
      </h1>
      <StatusBanner status={facts.status} soundBlocked={facts.soundBlocked} onSound={() => void conductor.sound.unblock()} />
      <LiveRegion />
      <SlotSounds />
      <header className={classes['header']} aria-hidden="true">
        <Text fw={600} truncate>
          {facts.title}
        </Text>
        <Text size="sm" c="dimmed" style={{ flex: 'none' }}>
          {text('room.people_count', { count: facts.people })}
        </Text>
      </header>
      <div className={classes['main']}>
        <Notices />
        <Stage scene={scene} onBox={onBox} onPage={(page) => conductor.setPage(page)} />
        {peopleOpen ? <People onClose={closePeople} /> : null}
      </div>
      {facts.people <= 1 ? <p className={classes['alone']}>{text(facts.observer ? 'room.alone_observer' : 'room.alone')}</p> : null}
      {local.screen.on ? (
        <SharingBar
          kind={local.shareKind}
          sound={local.shareSound}
          onKind={(kind) => conductor.setShareKind(kind)}
          onStop={() => void conductor.setShare(false)}
        />
      ) : null}
      <ControlBar
        mic={local.mic.on}
        micBusy={local.mic.busy}
        camera={local.camera.on}
        cameraBusy={local.camera.busy}
        sharing={local.screen.on}
        layout={facts.layout}
        peopleOpen={peopleOpen}
        mayMic={facts.mayMic}
        mayCamera={facts.mayCamera}
        mayShare={mayShare}
        onMic={verbs.mic}
        onCamera={verbs.camera}
        onShare={verbs.share}
        onLayout={verbs.layout}
        onPeople={verbs.people}
        onSettings={() => setDialog('settings')}
        onHelp={() => setDialog('help')}
        onLeave={() => conductor.leave()}
      />
      <SettingsDialog
        opened={dialog === 'settings'}
        devices={local.devices}
        chosen={local.chosen}
        speakerChoosable={support.speakerChoice}
        mayMic={facts.mayMic}
        mayCamera={facts.mayCamera}
        music={local.music}
        shortcuts={facts.shortcuts}
        onChoose={(kind, id) => void conductor.choose(kind, id)}
        onMusic={(on) => void conductor.setMusic(on)}
        onShortcuts={(on) => conductor.setShortcuts(on)}
        onClose={() => setDialog('none')}
      />
      <HelpDialog opened={dialog === 'help'} onClose={() => setDialog('none')} />
    </main>
  );
}

function People({ onClose }: { readonly onClose: () => void }): ReactElement {
  return <PeoplePanel people={usePeople()} onClose={onClose} />;
}

/** What went wrong with one's own devices, and what the server refused: over the pictures, until it is closed or right. */
function Notices(): ReactElement | null {
  const { text } = useText();
  const conductor = useConductor();
  const { local, notice } = useRoomFacts();
  if (notice === null && local.mic.problem === null && local.camera.problem === null && local.screen.problem === null) return null;
  const key = `refused.${notice?.code ?? ''}`;
  return (
    <div className={classes['notices']}>
      {(['mic', 'camera', 'screen'] as const).map((source) => (
        <CaptureProblemText key={source} source={source} problem={local[source].problem} onClose={() => conductor.closeProblem(source)} />
      ))}
      {notice === null ? null : (
        <Alert
          variant="outline"
          color="var(--mantine-color-error)"
          bg="var(--hr-surface)"
          role="alert"
          withCloseButton
          closeButtonLabel={text('app.close')}
          onClose={() => conductor.closeNotice()}
          data-testid="error-text"
        >
          {hasText(key) ? text(key as 'refused.busy') : notice.text}
        </Alert>
      )}
    </div>
  );
}
