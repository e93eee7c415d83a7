/** Does this browser encode, send, receive and decode? Two peer connections in one page find out without a server. */

export interface Loopback {
  readonly connectedMs: number | null;
  readonly framesDecoded: number;
  readonly audioPackets: number;
  readonly codecs: readonly string[];
  readonly layersOffered: number;
}

const WAIT_MS_MAX = 6_000;
const LOOK_MS = 250;

const pause = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms));

/** A moving picture and a quiet tone of our own, so that no permission is needed. */
function ownTracks(): { video: MediaStreamTrack | null; audio: MediaStreamTrack | null; stop: () => void } {
  const canvas = document.createElement('canvas');
  canvas.width = 640;
  canvas.height = 360;
  const paint = canvas.getContext('2d');
  let step = 0;
  const timer = setInterval(() => {
    step += 1;
    if (paint === null) return;
    paint.fillStyle = `hsl(${(step * 7) % 360} 60% 50%)`;
    paint.fillRect(0, 0, canvas.width, canvas.height);
    paint.fillStyle = '#fff';
    paint.fillRect((step * 9) % canvas.width, 120, 120, 120);
  }, 66);
  const context = new AudioContext();
  const tone = context.createOscillator();
  const out = context.createMediaStreamDestination();
  tone.connect(out);
  tone.start();
  const video = typeof canvas.captureStream === 'function' ? (canvas.captureStream(15).getVideoTracks()[0] ?? null) : null;
  return {
    video,
    audio: out.stream.getAudioTracks()[0] ?? null,
    stop: () => {
      clearInterval(timer);
      video?.stop();
      void context.close();
    },
  };
}

interface InboundStat {
  readonly type?: string;
  readonly kind?: string;
  readonly framesDecoded?: number;
  readonly packetsReceived?: number;
}

async function received(pc: RTCPeerConnection): Promise<{ frames: number; audio: number }> {
  let frames = 0;
  let audio = 0;
  for (const value of (await pc.getStats()).values() as Iterable<InboundStat>) {
    if (value.type !== 'inbound-rtp') continue;
    if (value.kind === 'video') frames += value.framesDecoded ?? 0;
    else audio += value.packetsReceived ?? 0;
  }
  return { frames, audio };
}

export async function runLoopback(): Promise<Loopback> {
  const from = new RTCPeerConnection({ iceServers: [] });
  const to = new RTCPeerConnection({ iceServers: [] });
  const tracks = ownTracks();
  try {
    from.onicecandidate = ({ candidate }) => void to.addIceCandidate(candidate ?? undefined).catch(() => undefined);
    to.onicecandidate = ({ candidate }) => void from.addIceCandidate(candidate ?? undefined).catch(() => undefined);
    const sendEncodings = [
      { rid: 'q', scaleResolutionDownBy: 4 },
      { rid: 'h', scaleResolutionDownBy: 2 },
      { rid: 'f', scaleResolutionDownBy: 1 },
    ];
    from.addTransceiver(tracks.video ?? 'video', { direction: 'sendonly', sendEncodings });
    from.addTransceiver(tracks.audio ?? 'audio', { direction: 'sendonly' });
    const offer = await from.createOffer();
    const sdp = offer.sdp ?? '';
    await from.setLocalDescription(offer);
    await to.setRemoteDescription(offer);
    await to.setLocalDescription(await to.createAnswer());
    if (to.localDescription !== null) await from.setRemoteDescription(to.localDescription);
    const began = performance.now();
    let connectedMs: number | null = null;
    let seen = { frames: 0, audio: 0 };
    while (performance.now() - began < WAIT_MS_MAX && (seen.frames < 10 || seen.audio < 10)) {
      await pause(LOOK_MS);
      if (connectedMs === null && to.connectionState === 'connected') connectedMs = performance.now() - began;
      seen = await received(to);
    }
    return { connectedMs, framesDecoded: seen.frames, audioPackets: seen.audio, codecs: codecsOf(sdp), layersOffered: layersOf(sdp) };
  } finally {
    tracks.stop();
    from.close();
    to.close();
  }
}

function codecsOf(sdp: string): readonly string[] {
  const names = [...sdp.matchAll(/^a=rtpmap:\d+ ([^/\s]+)/gm)].map((found) => (found[1] ?? '').toUpperCase());
  return [...new Set(names)].filter((name) => ['VP8', 'VP9', 'H264', 'AV1', 'OPUS', 'RED'].includes(name));
}

function layersOf(sdp: string): number {
  return [...sdp.matchAll(/^a=rid:\S+ send/gm)].length;
}
