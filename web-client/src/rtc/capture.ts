/** Opening microphone, camera and screen, and saying in one word what went wrong. */

export type CaptureProblem =
  | 'permission_denied'
  | 'permission_denied_system'
  | 'no_device'
  | 'in_use'
  | 'insecure_context'
  | 'unsupported'
  | 'cancelled'
  | 'failed';

export class CaptureFailed extends Error {
  constructor(readonly problem: CaptureProblem) {
    super(problem);
    this.name = 'CaptureFailed';
  }
}

/** Browsers differ in names and agree in meaning (Media Capture and Streams, getUserMedia, step on failure). */
export function problemOf(error: unknown, what: 'device' | 'screen'): CaptureProblem {
  const name = error instanceof Error || error instanceof DOMException ? error.name : '';
  const text = error instanceof Error ? error.message.toLowerCase() : '';
  switch (name) {
    case 'NotAllowedError':
    case 'PermissionDeniedError':
      if (text.includes('system')) return 'permission_denied_system';
      // A closed share picker is a person's choice, not a trouble.
      return what === 'screen' ? 'cancelled' : 'permission_denied';
    case 'NotFoundError':
    case 'DevicesNotFoundError':
    case 'OverconstrainedError':
      return 'no_device';
    case 'NotReadableError':
    case 'TrackStartError':
    case 'AbortError':
      return 'in_use';
    case 'SecurityError':
      return 'insecure_context';
    default:
      return 'failed';
  }
}

function mediaDevices(): MediaDevices {
  const devices = (navigator as Partial<Navigator>).mediaDevices;
  if (devices !== undefined) return devices;
  throw new CaptureFailed(window.isSecureContext ? 'unsupported' : 'insecure_context');
}

/**
 * Music mode switches off everything that is tuned for speech: echo cancelling and noise suppression eat sustained notes,
 * gain control flattens dynamics.
 */
export function micConstraints(deviceId: string | null, music: boolean): MediaTrackConstraints {
  return {
    ...(deviceId === null ? {} : { deviceId: { exact: deviceId } }),
    echoCancellation: !music,
    noiseSuppression: !music,
    autoGainControl: !music,
    channelCount: music ? { ideal: 2 } : { ideal: 1 },
  };
}

export function cameraConstraints(deviceId: string | null, phone: boolean): MediaTrackConstraints {
  return {
    ...(deviceId === null ? { facingMode: { ideal: 'user' } } : { deviceId: { exact: deviceId } }),
    // 16:9 so that three halvings stay whole numbers; a phone's encoder is kept cool at 540 lines.
    width: { ideal: phone ? 960 : 1280 },
    height: { ideal: phone ? 540 : 720 },
    frameRate: { ideal: 30, max: 30 },
  };
}

async function open(constraints: MediaStreamConstraints): Promise<MediaStreamTrack> {
  try {
    const stream = await mediaDevices().getUserMedia(constraints);
    const track = stream.getTracks()[0];
    if (track === undefined) throw new CaptureFailed('no_device');
    return track;
  } catch (error) {
    if (error instanceof CaptureFailed) throw error;
    throw new CaptureFailed(problemOf(error, 'device'));
  }
}

/** A remembered device may be unplugged: any other is better than none. */
async function openOrAny(
  deviceId: string | null,
  constraints: (deviceId: string | null) => MediaStreamConstraints,
): Promise<MediaStreamTrack> {
  try {
    return await open(constraints(deviceId));
  } catch (error) {
    const gone = error instanceof CaptureFailed && error.problem === 'no_device';
    if (deviceId === null || !gone) throw error;
    return open(constraints(null));
  }
}

export async function openMic(deviceId: string | null, music: boolean): Promise<MediaStreamTrack> {
  const track = await openOrAny(deviceId, (id) => ({ audio: micConstraints(id, music) }));
  track.contentHint = music ? 'music' : 'speech';
  return track;
}

export async function openCamera(deviceId: string | null, phone: boolean): Promise<MediaStreamTrack> {
  const track = await openOrAny(deviceId, (id) => ({ video: cameraConstraints(id, phone) }));
  track.contentHint = 'motion';
  return track;
}

export interface OpenedBoth {
  readonly mic: MediaStreamTrack | CaptureProblem;
  readonly camera: MediaStreamTrack | CaptureProblem;
}

/** One question to the person instead of two; when that fails, one by one, so that each failure gets its own reason. */
export async function openBoth(
  ids: { readonly mic: string | null; readonly camera: string | null },
  music: boolean,
  phone: boolean,
): Promise<OpenedBoth> {
  try {
    const stream = await mediaDevices().getUserMedia({
      audio: micConstraints(ids.mic, music),
      video: cameraConstraints(ids.camera, phone),
    });
    const mic = stream.getAudioTracks()[0];
    const camera = stream.getVideoTracks()[0];
    if (mic !== undefined) mic.contentHint = music ? 'music' : 'speech';
    if (camera !== undefined) camera.contentHint = 'motion';
    return { mic: mic ?? 'no_device', camera: camera ?? 'no_device' };
  } catch (error) {
    if (error instanceof CaptureFailed) return { mic: error.problem, camera: error.problem };
    return { mic: await orProblem(openMic(ids.mic, music)), camera: await orProblem(openCamera(ids.camera, phone)) };
  }
}

async function orProblem(opening: Promise<MediaStreamTrack>): Promise<MediaStreamTrack | CaptureProblem> {
  try {
    return await opening;
  } catch (error) {
    return error instanceof CaptureFailed ? error.problem : 'failed';
  }
}

export type ShareKind = 'text' | 'motion';

export interface ScreenTracks {
  readonly screen: MediaStreamTrack;
  readonly screenAudio: MediaStreamTrack | null;
}

interface WideDisplayMediaOptions extends DisplayMediaStreamOptions {
  readonly systemAudio?: 'include' | 'exclude';
  readonly selfBrowserSurface?: 'include' | 'exclude';
}

export async function openScreen(kind: ShareKind): Promise<ScreenTracks> {
  const options: WideDisplayMediaOptions = {
    video: { frameRate: { max: 30 } },
    // The sound of a film or a lesson recording: nothing may touch it.
    audio: { echoCancellation: false, noiseSuppression: false, autoGainControl: false, channelCount: { ideal: 2 } },
    systemAudio: 'include',
    selfBrowserSurface: 'exclude', // a class that shows itself is a hall of mirrors
  };
  try {
    const devices: Partial<MediaDevices> = mediaDevices();
    if (devices.getDisplayMedia === undefined) throw new CaptureFailed('unsupported');
    const stream = await devices.getDisplayMedia.call(devices, options);
    const screen = stream.getVideoTracks()[0];
    if (screen === undefined) throw new CaptureFailed('failed');
    screen.contentHint = kind;
    const screenAudio = stream.getAudioTracks()[0] ?? null;
    if (screenAudio !== null) screenAudio.contentHint = 'music';
    return { screen, screenAudio };
  } catch (error) {
    if (error instanceof CaptureFailed) throw error;
    throw new CaptureFailed(problemOf(error, 'screen'));
  }
}

export interface Device {
  readonly id: string;
  readonly kind: 'mic' | 'camera' | 'speaker';
  readonly label: string;
}

const DEVICE_KINDS: Readonly<Record<MediaDeviceKind, Device['kind']>> = {
  audioinput: 'mic',
  videoinput: 'camera',
  audiooutput: 'speaker',
};

/** All devices by name. Before a permission the browser hides names and ids; such nameless entries are left out. */
export async function listDevices(): Promise<readonly Device[]> {
  try {
    const all = await mediaDevices().enumerateDevices();
    return all
      .filter((one) => one.deviceId !== '' && one.label !== '')
      .map((one) => ({ id: one.deviceId, kind: DEVICE_KINDS[one.kind], label: one.label }));
  } catch {
    return [];
  }
}

/** Calls back when a device is plugged in or out; the returned function ends it. */
export function onDevicesChanged(run: () => void): () => void {
  const devices = (navigator as Partial<Navigator>).mediaDevices;
  devices?.addEventListener('devicechange', run);
  return () => devices?.removeEventListener('devicechange', run);
}
