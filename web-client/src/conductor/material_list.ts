/** The files of the class as this page knows them, and what is being uploaded. */
import { Refused } from '@/protocol/errors';
import type { Material, RecordsApi } from '@/protocol/records';

import type { Problem } from './state';
import { Store } from './store';

export interface Uploading {
  readonly key: string;
  readonly name: string;
  /** 0 to 1. */
  readonly part: number;
  readonly problem: Problem | null;
}

export interface Materials {
  readonly state: 'unknown' | 'loading' | 'here' | 'failed';
  readonly list: readonly Material[];
  readonly uploads: readonly Uploading[];
  readonly problem: Problem | null;
}

export const noMaterials: Materials = { state: 'unknown', list: [], uploads: [], problem: null };

/** More at once only slow each other down, and the class with them. */
export const UPLOADS_MAX = 5;

const problemOf = (error: unknown): Problem => (error instanceof Refused ? { code: error.code, text: error.text } : { code: 'unreachable', text: '' });

export class MaterialList {
  readonly store = new Store<Materials, (before: Materials) => Materials>((before, change) => change(before), noMaterials);
  private readonly aborts = new Map<string, AbortController>();

  constructor(
    private readonly api: Pick<RecordsApi, 'materials' | 'materialFile' | 'upload' | 'removeMaterial'>,
    private readonly newKey: () => string,
  ) {}

  async load(): Promise<void> {
    this.change((before) => ({ ...before, state: before.state === 'here' ? 'here' : 'loading', problem: null }));
    try {
      const list = await this.api.materials();
      this.change((before) => ({ ...before, state: 'here', list }));
    } catch (error) {
      this.change((before) => ({ ...before, state: before.state === 'here' ? 'here' : 'failed', problem: problemOf(error) }));
    }
  }

  /** The first few of the files; null: it is under way, else why none of them can be. */
  upload(files: readonly File[]): void {
    const room = UPLOADS_MAX - this.store.get().uploads.filter((one) => one.problem === null).length;
    for (const file of files.slice(0, Math.max(0, room))) void this.uploadOne(file);
    if (files.length > room) this.change((before) => ({ ...before, problem: { code: 'uploads_max', text: '' } }));
  }

  /** Stops what is under way, or puts away what went wrong. */
  dismiss(key: string): void {
    this.aborts.get(key)?.abort();
    this.aborts.delete(key);
    this.change((before) => ({ ...before, uploads: before.uploads.filter((one) => one.key !== key) }));
  }

  closeProblem(): void {
    this.change((before) => ({ ...before, problem: null }));
  }

  async remove(materialId: string): Promise<void> {
    try {
      await this.api.removeMaterial(materialId);
      this.change((before) => ({ ...before, list: before.list.filter((one) => one.material_id !== materialId) }));
    } catch (error) {
      this.change((before) => ({ ...before, problem: problemOf(error) }));
    }
  }

  /** The bytes of a file, or null and the person reads why not. */
  async file(materialId: string): Promise<Blob | null> {
    try {
      return await this.api.materialFile(materialId);
    } catch (error) {
      this.change((before) => ({ ...before, problem: problemOf(error) }));
      return null;
    }
  }

  dispose(): void {
    for (const abort of this.aborts.values()) abort.abort();
  }

  private async uploadOne(file: File): Promise<void> {
    const key = this.newKey();
    const abort = new AbortController();
    this.aborts.set(key, abort);
    this.change((before) => ({ ...before, problem: null, uploads: [...before.uploads, { key, name: file.name, part: 0, problem: null }] }));
    try {
      const material = await this.api.upload(file, (part) => this.progress(key, { part }), abort.signal);
      this.change((before) => ({
        ...before,
        state: 'here',
        uploads: before.uploads.filter((one) => one.key !== key),
        list: [...before.list.filter((one) => one.material_id !== material.material_id), material],
      }));
    } catch (error) {
      this.progress(key, { problem: problemOf(error) });
    } finally {
      this.aborts.delete(key);
    }
  }

  private progress(key: string, change: Partial<Uploading>): void {
    this.change((before) => ({ ...before, uploads: before.uploads.map((one) => (one.key === key ? { ...one, ...change } : one)) }));
  }

  private change(change: (before: Materials) => Materials): void {
    this.store.dispatch(change);
  }
}
