import { describe, expect, it } from 'vitest';

import { gridCapacity, gridShape } from '@/classroom/grid';
import type { Room } from '@/classroom/room';
import { emptyRoom, reduceRoom } from '@/classroom/room';
import type { View } from '@/classroom/scene';
import { sceneOf, wantsOf } from '@/classroom/scene';
import { chooseSpeaker, noSpeaker } from '@/classroom/speaker_choice';
import type { Participant, Track } from '@/protocol/messages.gen';

function room(students: number): Room {
  const participants: Participant[] = [];
  const tracks: Track[] = [];
  const add = (id: string, role: Participant['role']): void => {
    participants.push({ participant_id: id, display_name: id, role, presence: 'here' });
    tracks.push({ track_id: `trk_${id}`, participant_id: id, source: 'camera', kind: 'video', muted: false, layers: 3, content_hint: '' });
  };
  for (let i = 0; i < students; i += 1) add(`s${i}`, 'student');
  add('teacher', 'instructor');
  return reduceRoom(emptyRoom, { type: 'snapshot', room: { participants, tracks, mappings: [] } });
}

const view = (change: Partial<View> = {}): View => ({
  layout: 'grid',
  layoutBefore: null,
  page: 0,
  box: { width: 1280, height: 640 },
  speakerId: null,
  ...change,
});

const screen: Track = { track_id: 'trk_screen', participant_id: 's1', source: 'screen', kind: 'video', muted: false, layers: 2, content_hint: 'text' };

describe('grid', () => {
  it('never asks for more Tracks than there are slots, and pages show everybody once', () => {
    const full = room(300);
    const seen = new Set<string>();
    const first = sceneOf(full, view(), 's7', 25);
    for (let page = 0; page < first.pages; page += 1) {
      const scene = sceneOf(full, view({ page }), 's7', 25);
      expect(wantsOf(full, scene, 'teacher').length).toBeLessThanOrEqual(25);
      for (const tile of scene.tiles) {
        expect(seen.has(tile.participantId), tile.participantId).toBe(false);
        seen.add(tile.participantId);
      }
    }
    expect(seen.size).toBe(301);
  });

  it('shows the instructor and oneself on the first page', () => {
    const scene = sceneOf(room(100), view(), 's99', 25);
    expect(scene.tiles[0]?.participantId).toBe('teacher');
    expect(scene.tiles.some((tile) => tile.self)).toBe(true);
  });

  it('stays on an existing page when people leave', () => {
    expect(sceneOf(room(3), view({ page: 9 }), 's0', 25).page).toBe(0);
  });

  it('fits into its box from a phone to 4K', () => {
    for (const box of [{ width: 344, height: 480 }, { width: 600, height: 300 }, { width: 1280, height: 640 }, { width: 3800, height: 2000 }]) {
      const capacity = gridCapacity(box, 25);
      for (let count = 1; count <= capacity; count += 1) {
        const { columns, rows, tile } = gridShape(box, count);
        expect(columns * rows).toBeGreaterThanOrEqual(count);
        expect(columns * tile.width + (columns - 1) * 8).toBeLessThanOrEqual(box.width);
        expect(rows * tile.height + (rows - 1) * 8).toBeLessThanOrEqual(box.height);
      }
    }
  });

  it('asks for nothing where a camera is off, nor for oneself', () => {
    const off = reduceRoom(room(2), { type: 'track', track: { ...screen, track_id: 'trk_s0', participant_id: 's0', source: 'camera', muted: true } });
    const wants = wantsOf(off, sceneOf(off, view(), 's1', 25), 'teacher');
    expect(wants).toEqual([{ trackId: 'trk_teacher', main: true }]);
  });
});

describe('speaker layout', () => {
  it('puts a screen share on stage', () => {
    const shared = reduceRoom(room(4), { type: 'track', track: screen });
    const scene = sceneOf(shared, view({ layout: 'speaker' }), 's0', 25);
    expect(scene.stage).toMatchObject({ source: 'screen', trackId: 'trk_screen' });
    expect(wantsOf(shared, scene, 'teacher')[0]).toEqual({ trackId: 'trk_screen', main: false });
  });

  it('shows the instructor when nobody has spoken', () => {
    expect(sceneOf(room(4), view({ layout: 'speaker' }), 's0', 25).stage?.participantId).toBe('teacher');
  });

  it('keeps a speaker for two seconds and while they speak', () => {
    const speaking = (...ids: string[]): Room => ({
      ...room(4),
      speakers: ids.map((id) => ({ participant_id: id, track_id: `mic_${id}`, level_dbov: 20 })),
    });
    const first = chooseSpeaker(noSpeaker, speaking('s1'), 's0', 0);
    expect(first.participantId).toBe('s1');
    expect(chooseSpeaker(first, speaking('s2'), 's0', 500).participantId).toBe('s1');
    expect(chooseSpeaker(first, speaking('s2', 's1'), 's0', 5000).participantId).toBe('s1');
    expect(chooseSpeaker(first, speaking('s2'), 's0', 5000).participantId).toBe('s2');
    expect(chooseSpeaker(first, speaking('s0'), 's0', 5000).participantId).toBe('s1');
    expect(chooseSpeaker(first, speaking(), 's0', 5000).participantId).toBe('s1');
  });
});
