/** How loud a local track is, for the level meter and the spoken-word test. */

let shared: AudioContext | null = null;

/** Browsers allow few contexts and start them only after a press: one for the page, woken whenever it is asked for. */
export function audioContext(): AudioContext {
  shared ??= new AudioContext({ latencyHint: 'interactive' });
  if (shared.state !== 'running') void shared.resume().catch(() => undefined);
  return shared;
}

/** 0 silence .. 1 as loud as it gets. -60 dBFS and below is silence to a person at the other end. */
export function loudness(rms: number): number {
  if (rms <= 0) return 0;
  const db = 20 * Math.log10(rms);
  return Math.min(1, Math.max(0, (db + 60) / 60));
}

export function rmsOf(samples: Float32Array): number {
  let sum = 0;
  for (const sample of samples) sum += sample * sample;
  return samples.length === 0 ? 0 : Math.sqrt(sum / samples.length);
}

/** Calls back with the loudness about 15 times a second until the returned function is called. */
export function watchLevel(track: MediaStreamTrack, onLevel: (level: number) => void): () => void {
  const context = audioContext();
  const source = context.createMediaStreamSource(new MediaStream([track]));
  const analyser = context.createAnalyser();
  analyser.fftSize = 1024;
  source.connect(analyser);
  const samples = new Float32Array(analyser.fftSize);
  const timer = setInterval(() => {
    analyser.getFloatTimeDomainData(samples);
    onLevel(loudness(rmsOf(samples)));
  }, 66);
  return () => {
    clearInterval(timer);
    source.disconnect();
  };
}
