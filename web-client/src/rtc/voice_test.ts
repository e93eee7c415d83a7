/** Say something, hear it back: three seconds are recorded and played on the chosen speaker. Nothing leaves the page. */
import { audioContext, rmsOf } from './level';

export const RECORD_MS = 3_000;

export interface Recording {
  readonly sound: AudioBuffer;
  /** Nobody spoke, or the microphone is switched off in hardware. */
  readonly silent: boolean;
}

/** About -50 dBFS over three seconds: a room is quieter, a whisper is louder. */
const SILENT_RMS = 0.003;

export async function recordVoice(track: MediaStreamTrack): Promise<Recording> {
  const recorder = new MediaRecorder(new MediaStream([track]));
  const pieces: Blob[] = [];
  recorder.ondataavailable = (event) => pieces.push(event.data);
  const stopped = new Promise<void>((resolve, reject) => {
    recorder.onstop = () => resolve();
    recorder.onerror = () => reject(new Error('recording failed'));
  });
  recorder.start();
  setTimeout(() => {
    if (recorder.state !== 'inactive') recorder.stop();
  }, RECORD_MS);
  await stopped;
  const bytes = await new Blob(pieces, { type: recorder.mimeType }).arrayBuffer();
  const sound = await audioContext().decodeAudioData(bytes);
  return { sound, silent: rmsOf(sound.getChannelData(0)) < SILENT_RMS };
}

interface Routable {
  setSinkId?: (id: string) => Promise<void>;
}

/** Routes any element to the chosen speaker where the browser can; elsewhere the system's choice stands. */
export async function routeTo(element: HTMLMediaElement, speakerId: string | null): Promise<void> {
  const sink = element as Routable;
  if (sink.setSinkId === undefined) return;
  await sink.setSinkId(speakerId ?? '').catch(() => undefined);
}

/** Plays a sound on a speaker and resolves when it is over. */
export async function playSound(sound: AudioBuffer, speakerId: string | null): Promise<void> {
  const context = audioContext();
  const source = context.createBufferSource();
  source.buffer = sound;
  const out = context.createMediaStreamDestination();
  source.connect(out);
  const element = new Audio();
  element.srcObject = out.stream;
  await routeTo(element, speakerId);
  await element.play();
  source.start();
  await new Promise<void>((resolve) => {
    source.onended = () => resolve();
  });
  element.srcObject = null;
}

/** Two soft notes, to find out whether the speaker works without having to speak. */
export function chime(): AudioBuffer {
  const context = audioContext();
  const rate = context.sampleRate;
  const sound = context.createBuffer(1, Math.round(rate * 0.9), rate);
  const samples = sound.getChannelData(0);
  for (let i = 0; i < samples.length; i += 1) {
    const t = i / rate;
    const local = t < 0.4 ? t : t - 0.4;
    const pitch = t < 0.4 ? 523.25 : 659.25; // C5, E5
    samples[i] = 0.25 * Math.sin(2 * Math.PI * pitch * t) * Math.exp(-5 * local);
  }
  return sound;
}
