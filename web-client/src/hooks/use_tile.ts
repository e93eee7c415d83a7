import { useCallback } from 'react';

import type { AppState } from '@/conductor/state';
import type { TileView } from '@/conductor/views';
import { tileView } from '@/conductor/views';

import { sameFields, useApp } from './conductor_context';

export function useTile(participantId: string, trackId: string | null): TileView {
  const select = useCallback((state: AppState) => tileView(state, participantId, trackId), [participantId, trackId]);
  return useApp(select, sameFields);
}
