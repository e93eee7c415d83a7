import { Alert } from '@mantine/core';
import type { ReactElement } from 'react';
import { useCallback, useState } from 'react';

import { BoardArea } from '@/components/board/BoardArea';
import { CallHelpDialog } from '@/components/CallHelpDialog';
import { CaptureProblemText } from '@/components/CaptureProblemText';
import { ClassButtons } from '@/components/ClassButtons';
import { ClassHeader } from '@/components/ClassHeader';
import { ClassNotices } from '@/components/ClassNotices';
import { ClassPanels } from '@/components/ClassPanels';
import { useBoardTool } from '@/components/class_tools';
import { ControlBar } from '@/components/ControlBar';
import { GroupStrip } from '@/components/groups/GroupStrip';
import { HelpDialog } from '@/components/HelpDialog';
import { LeaveDialog } from '@/components/LeaveDialog';
import { LiveRegion } from '@/components/LiveRegion';
import { MoreMenu } from '@/components/MoreMenu';
import { PermissionsDialog } from '@/components/PermissionsDialog';
import { QuestionCard } from '@/components/QuestionCard';
import { RecordingMark } from '@/components/RecordingMark';
import { SettingsDialog } from '@/components/SettingsDialog';
import { SharingBar } from '@/components/SharingBar';
import { SlotSounds } from '@/components/SlotSounds';
import { Stage } from '@/components/Stage';
import { StatusBanner } from '@/components/StatusBanner';
import { useConductor } from '@/hooks/conductor_context';
import { useSurface } from '@/hooks/use_boards';
import { useHeadingFocus } from '@/hooks/use_heading_focus';
import { useNarrow } from '@/hooks/use_narrow';
import { usePanel } from '@/hooks/use_panel';
import { useProblemText } from '@/hooks/use_problem_text';
import { useHandRaised, useLessonVerbs, useMay } from '@/hooks/use_lesson';
import { useRoomFacts } from '@/hooks/use_room_facts';
import { useScene } from '@/hooks/use_scene';
import type { Shortcut } from '@/hooks/use_shortcuts';
import { useShortcuts } from '@/hooks/use_shortcuts';
import { useSupport } from '@/hooks/use_support';
import { useVisibleHeight } from '@/hooks/use_visible_height';
import { useWakeLock } from '@/hooks/use_wake_lock';
import { useText } from '@/i18n/use_text';

import classes from './RoomScreen.module.css';

type Open = 'none' | 'settings' | 'help' | 'call' | 'leave' | 'permissions';

/** The class itself. */
export function RoomScreen(): ReactElement {
  const { text } = useText();
  const conductor = useConductor();
  const facts = useRoomFacts();
  const scene = useScene();
  const support = useSupport();
  const [dialog, setDialog] = useState<Open>('none');
  const { panel, toggle } = usePanel();
  const lesson = useLessonVerbs();
  const narrow = useNarrow();
  const handRaised = useHandRaised();
  const mayRaise = useMay('raise_hand');
  const mayEnd = useMay('end_class');
  const boardShown = useSurface() !== null;
  const board = useBoardTool();
  const mayRunGroups = useMay('run_breakouts');
  const { local } = facts;
  const mayShare = facts.mayShare && support.screenShare;
  const heading = useHeadingFocus();
  useWakeLock(true);
  useVisibleHeight();

  const verbs = {
    mic: () => void conductor.setMic(!local.mic.on),
    camera: () => void conductor.setCamera(!local.camera.on),
    share: () => void conductor.setShare(!local.screen.on),
    layout: () => conductor.setLayout(facts.layout === 'grid' ? 'speaker' : 'grid'),
    people: () => toggle('people'),
    hand: () => void lesson.hand(!handRaised),
    leave: () => (mayEnd ? setDialog('leave') : conductor.leave()),
    page: (by: number) => conductor.setPage(Math.min(scene.pages - 1, Math.max(0, scene.page + by))),
  };
  const shortcut = (key: Shortcut): void => {
    if (key === 'm' && facts.mayMic) verbs.mic();
    else if (key === 'v' && facts.mayCamera) verbs.camera();
    else if (key === 's' && mayShare) verbs.share();
    else if (key === 'p') verbs.people();
    else if (key === 'l') verbs.layout();
    else if (key === 'h' && (mayRaise || handRaised)) verbs.hand();
    else if (key === 'c') toggle('chat');
    else if (key === 'q') toggle('checks');
    else if (key === 'b') board?.run();
    else if (key === 'g' && mayRunGroups) toggle('groups');
    else if (key === 'f') toggle('materials');
    else if (key === 'r') document.getElementById('react-toggle')?.click();
    else if (key === '?') setDialog('help');
    else if (key === 'next') verbs.page(1);
    else if (key === 'previous') verbs.page(-1);
  };
  useShortcuts(facts.shortcuts, shortcut);
  const onBox = useCallback((box: { width: number; height: number }) => conductor.setBox(box), [conductor]);

  return (
    <main className={classes['room']} data-testid="room">
      <h1 className="hr-hidden" tabIndex={-1} ref={heading}>
        {facts.title}
      </h1>
      <StatusBanner status={facts.status} soundBlocked={facts.soundBlocked} onSound={() => void conductor.sound.unblock()} />
      <LiveRegion />
      <SlotSounds />
      <ClassHeader
        title={facts.title}
        people={facts.people}
        recording={<RecordingMark state={facts.recording} mayControl={facts.mayPause} onPause={(paused) => conductor.pauseRecording(paused)} />}
      />
      <GroupStrip />
      <div className={classes['main']} data-board={boardShown}>
        <BoardArea />
        <div className={classes['notices']}>
          <Notices />
          <ClassNotices />
        </div>
        <Stage scene={scene} onBox={onBox} onPage={(page) => conductor.setPage(page)} />
        <ClassPanels />
        <QuestionCard />
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
        narrow={narrow}
        peopleOpen={panel === 'people'}
        peopleCount={facts.calling}
        peopleLabel={facts.calling > 0 ? text('room.people_calling', { count: facts.calling }) : text('room.people')}
        mayMic={facts.mayMic}
        mayCamera={facts.mayCamera}
        mayShare={mayShare}
        onMic={verbs.mic}
        onCamera={verbs.camera}
        onShare={verbs.share}
        onLayout={verbs.layout}
        onPeople={verbs.people}
        onLeave={verbs.leave}
        tools={<ClassButtons narrow={narrow} />}
        more={
          <MoreMenu
            narrow={narrow}
            layout={facts.layout}
            mayShare={mayShare}
            sharing={local.screen.on}
            onShare={verbs.share}
            onLayout={verbs.layout}
            onCallHelp={() => setDialog('call')}
            onPermissions={() => setDialog('permissions')}
            onSettings={() => setDialog('settings')}
            onKeys={() => setDialog('help')}
          />
        }
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
      <CallHelpDialog opened={dialog === 'call'} onClose={() => setDialog('none')} />
      <PermissionsDialog opened={dialog === 'permissions'} onClose={() => setDialog('none')} />
      <LeaveDialog opened={dialog === 'leave'} onLeave={() => conductor.leave()} onClose={() => setDialog('none')} />
    </main>
  );
}

/** What went wrong with one's own devices, and what the server refused: over the pictures, until it is closed or right. */
function Notices(): ReactElement | null {
  const { text } = useText();
  const conductor = useConductor();
  const { local, notice } = useRoomFacts();
  const words = useProblemText(notice);
  if (notice === null && local.mic.problem === null && local.camera.problem === null && local.screen.problem === null) return null;
  return (
    <>
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
          {words}
        </Alert>
      )}
    </>
  );
}
