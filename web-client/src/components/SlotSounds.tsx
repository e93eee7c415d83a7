import type { ReactElement } from 'react';

import { useApp } from '@/hooks/conductor_context';
import { useSlotAudio } from '@/hooks/use_slot';

/** Every audio slot sounds, whatever is on the screen. Mounted once and never moved, so that no voice is cut. */
export function SlotSounds(): ReactElement {
  const slots = useApp((state) => state.room.slots);
  return (
    <>
      {slots
        .filter((one) => one.kind === 'audio')
        .map((one) => (
          <SlotSound key={one.slot} slot={one.slot} />
        ))}
    </>
  );
}

function SlotSound({ slot }: { readonly slot: number }): ReactElement {
  const ref = useSlotAudio(slot);
  return <audio ref={ref} autoPlay data-slot={slot} />;
}
