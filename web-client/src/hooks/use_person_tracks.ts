import { useCallback } from 'react';

import type { AppState } from '@/conductor/state';
import { trackIdOf } from '@/conductor/views';

import { sameFields, useApp } from './conductor_context';

/** The Tracks of one person that staff may stop. */
export function usePersonTracks(participantId: string): { readonly camera: string | null; readonly screen: string | null } {
  const select = useCallback(
    (state: AppState) => ({ camera: trackIdOf(state, participantId, 'camera'), screen: trackIdOf(state, participantId, 'screen') }),
    [participantId],
  );
  return useApp(select, sameFields);
}
