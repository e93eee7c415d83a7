import { useEffect, useSyncExternalStore } from 'react';

import type { MaterialList, Materials } from '@/conductor/material_list';

import { useApp, useConductor } from './conductor_context';

export { canBeSheet } from '@/conductor/sheets';

export const useMaterialList = (): MaterialList => useConductor().materials;

export function useMaterials(): Materials {
  const { store } = useConductor().materials;
  return useSyncExternalStore(store.subscribe, store.get);
}

/** Others put files there too, and nothing tells of it: look now and then while the list is open. */
const LOOK_EVERY_MS = 15_000;

export function useFreshMaterials(): void {
  const { materials } = useConductor();
  const open = useApp((state) => state.connection === 'open');
  useEffect(() => {
    if (!open) return;
    void materials.load();
    const timer = setInterval(() => void materials.load(), LOOK_EVERY_MS);
    return () => clearInterval(timer);
  }, [materials, open]);
}

/** The name of what lies under a board; null when there is none or it is not known yet. */
export function useMaterialName(materialId: string | null): string | null {
  const { materials } = useConductor();
  const { list } = useMaterials();
  const known = list.find((one) => one.material_id === materialId)?.name ?? null;
  const missing = materialId !== null && known === null;
  useEffect(() => {
    if (missing) void materials.load();
  }, [materials, missing, materialId]);
  return known;
}
