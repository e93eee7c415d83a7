import type { ReactElement } from 'react';

import type { Tile as TileSpec } from '@/classroom/scene';
import { useApp } from '@/hooks/conductor_context';
import { useLocalVideo } from '@/hooks/use_local_video';
import { useSlotVideo } from '@/hooks/use_slot';
import { useTile } from '@/hooks/use_tile';

import { Tile } from './Tile';

/** A tile of the scene, joined with what is known of its person and its slot. */
export function LiveTile({ spec }: { readonly spec: TileSpec }): ReactElement {
  return spec.self && spec.source === 'camera' ? <SelfTile spec={spec} /> : <RemoteTile spec={spec} />;
}

function RemoteTile({ spec }: { readonly spec: TileSpec }): ReactElement {
  const view = useTile(spec.participantId, spec.trackId);
  return (
    <Tile
      {...view}
      participantId={spec.participantId}
      source={spec.source}
      self={spec.self}
      blank={!view.visible}
      width={spec.size.width}
      height={spec.size.height}
      picture={view.slot === null ? null : <SlotVideo key={view.slot} slot={view.slot} visible={view.visible} />}
    />
  );
}

function SlotVideo({ slot, visible }: { readonly slot: number; readonly visible: boolean }): ReactElement {
  const ref = useSlotVideo(slot, visible);
  return <video ref={ref} autoPlay playsInline muted data-slot={slot} aria-hidden="true" tabIndex={-1} />;
}

function SelfTile({ spec }: { readonly spec: TileSpec }): ReactElement {
  const view = useTile(spec.participantId, null);
  const on = useApp((state) => state.local.camera.on && !state.local.camera.busy);
  return (
    <Tile
      {...view}
      participantId={spec.participantId}
      source="camera"
      self
      blank={!on}
      width={spec.size.width}
      height={spec.size.height}
      picture={<LocalVideo />}
    />
  );
}

export function LocalVideo(): ReactElement {
  const ref = useLocalVideo('camera');
  return <video ref={ref} autoPlay playsInline muted aria-hidden="true" tabIndex={-1} />;
}
