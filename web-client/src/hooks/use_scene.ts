import type { Scene } from '@/classroom/scene';
import { sceneOfState } from '@/conductor/views';

import { useApp } from './conductor_context';

export function useScene(): Scene {
  return useApp(sceneOfState);
}
