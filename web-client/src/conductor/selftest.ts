/** The checks that need no person, and the report that a person can copy. Nothing leaves the page. */
import { CaptureFailed, openCamera, openMic } from '@/rtc/capture';
import { runLoopback } from '@/rtc/loopback';
import { isPhone, readSupport } from '@/rtc/support';

export const AUTO_KEYS = [
  'secure',
  'webrtc',
  'server',
  'mic',
  'camera',
  'loopback',
  'layers',
  'frame_time',
  'screen',
  'speaker',
] as const;
export type AutoKey = (typeof AUTO_KEYS)[number];

export interface AutoResult {
  readonly ok: boolean;
  readonly detail: string;
}

type Tell = (key: AutoKey, result: AutoResult) => void;

interface Opened {
  readonly mic: MediaStreamTrack | null;
  readonly camera: MediaStreamTrack | null;
}

const SERVER_MS_MAX = 5_000;

async function opened(key: 'mic' | 'camera', tell: Tell): Promise<MediaStreamTrack | null> {
  try {
    const track = await (key === 'mic' ? openMic(null, false) : openCamera(null, isPhone()));
    const { width, height, frameRate, sampleRate } = track.getSettings();
    const detail = key === 'mic' ? `${sampleRate ?? '?'} Hz` : `${width ?? '?'}x${height ?? '?'} ${Math.round(frameRate ?? 0)}/s`;
    tell(key, { ok: true, detail });
    return track;
  } catch (error) {
    tell(key, { ok: false, detail: error instanceof CaptureFailed ? error.problem : 'failed' });
    return null;
  }
}

async function serverAnswers(): Promise<AutoResult> {
  const began = performance.now();
  try {
    const response = await fetch('/healthz/live', { cache: 'no-store', signal: AbortSignal.timeout(SERVER_MS_MAX) });
    return { ok: response.ok, detail: `${response.status} ${Math.round(performance.now() - began)} ms` };
  } catch {
    return { ok: false, detail: 'unreachable' };
  }
}

async function loop(tell: Tell): Promise<void> {
  try {
    const seen = await runLoopback();
    const detail = `${seen.framesDecoded} frames, ${seen.audioPackets} audio packets, ${Math.round(seen.connectedMs ?? -1)} ms, ${seen.codecs.join(' ')}`;
    tell('loopback', { ok: seen.framesDecoded > 0 && seen.audioPackets > 0, detail });
    tell('layers', { ok: seen.layersOffered >= 3, detail: `${seen.layersOffered}` });
  } catch (error) {
    const detail = error instanceof Error ? error.name : 'failed';
    tell('loopback', { ok: false, detail });
    tell('layers', { ok: false, detail });
  }
}

export async function runAutomatic(tell: Tell): Promise<Opened> {
  const support = readSupport();
  tell('secure', { ok: support.secureContext, detail: '' });
  tell('webrtc', { ok: support.peerConnection && support.webSocket, detail: '' });
  tell('frame_time', { ok: support.frameCallback, detail: '' });
  tell('screen', { ok: support.screenShare, detail: '' });
  tell('speaker', { ok: support.speakerChoice, detail: '' });
  tell('server', await serverAnswers());
  const mic = await opened('mic', tell);
  const camera = await opened('camera', tell);
  if (support.peerConnection) await loop(tell);
  return { mic, camera };
}

export function reportOf(automatic: ReadonlyMap<string, AutoResult>, manual: ReadonlyMap<string, string>): string {
  const { userAgent, platform, maxTouchPoints } = navigator;
  const lines = [
    'Homeroom self-test',
    userAgent,
    `${platform}, ${maxTouchPoints} touch points, screen ${screen.width}x${screen.height} @${window.devicePixelRatio}`,
    '',
    ...[...automatic].map(([key, { ok, detail }]) => `${ok ? 'ok  ' : 'FAIL'} ${key}${detail === '' ? '' : `: ${detail}`}`),
    '',
    ...[...manual].map(([key, verdict]) => `${verdict.padEnd(4)} ${key}`),
  ];
  return lines.join('\n');
}
