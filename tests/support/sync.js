// A camera and microphone that flash and beep at the same moment once a second, and a meter that tells how far apart the
// flash and the beep arrive. `__sync.delayMs` before the first use makes the beep late on purpose: the meter must see it.
(() => {
  if (window.__sync) return;
  const PERIOD_S = 1;
  const FLASH_S = 0.15;
  const sync = { delayMs: 0 };
  let made = null;

  function source() {
    if (made) return made;
    const context = new AudioContext();
    const gain = context.createGain();
    gain.gain.value = 0;
    const tone = context.createOscillator();
    tone.frequency.value = 1000;
    const out = context.createMediaStreamDestination();
    tone.connect(gain).connect(out);
    tone.start();
    const canvas = document.createElement("canvas");
    canvas.width = 640;
    canvas.height = 360;
    const paint = canvas.getContext("2d");
    const start = context.currentTime + 1;
    let scheduled = 0;
    let step = 0;
    setInterval(() => {
      const now = context.currentTime;
      while (start + scheduled * PERIOD_S < now + 2) {
        const at = start + scheduled * PERIOD_S + sync.delayMs / 1000;
        gain.gain.setValueAtTime(0.6, at);
        gain.gain.setValueAtTime(0, at + FLASH_S);
        scheduled += 1;
      }
      const phase = (now - start) % PERIOD_S;
      paint.fillStyle = now >= start && phase < FLASH_S ? "#fff" : "#102040";
      paint.fillRect(0, 0, 640, 360);
      // something always moves, so that a frame is captured each time
      paint.fillStyle = "#888";
      paint.fillRect((step * 8) % 640, 340, 16, 16);
      step += 1;
    }, 16);
    made = { context, audio: out.stream.getAudioTracks()[0], video: canvas.captureStream(30).getVideoTracks()[0] };
    return made;
  }

  sync.install = () => {
    navigator.mediaDevices.getUserMedia = async (wanted) => {
      const { context, audio, video } = source();
      await context.resume();
      const tracks = [];
      if (wanted?.audio) tracks.push(audio.clone());
      if (wanted?.video) tracks.push(video.clone());
      return new MediaStream(tracks);
    };
  };

  // Milliseconds by which each beep came after its flash (negative: before), over so many seconds.
  sync.measure = async (video, audioTrack, seconds) => {
    const canvas = document.createElement("canvas");
    canvas.width = canvas.height = 8;
    const paint = canvas.getContext("2d", { willReadFrequently: true });
    const flashes = [];
    let bright = true;
    let watching = true;
    const onFrame = (now, frame) => {
      paint.drawImage(video, 0, 0, 8, 4);
      const [red] = paint.getImageData(4, 1, 1, 1).data;
      if (red > 160 && !bright) flashes.push(Math.max(now, frame.expectedDisplayTime));
      bright = red > 160;
      if (watching) video.requestVideoFrameCallback(onFrame);
    };
    video.requestVideoFrameCallback(onFrame);

    const context = new AudioContext();
    await context.resume();
    const analyser = context.createAnalyser();
    analyser.fftSize = 2048;
    const input = context.createMediaStreamSource(new MediaStream([audioTrack]));
    input.connect(analyser);
    const samples = new Float32Array(analyser.fftSize);
    const beeps = [];
    const timer = setInterval(() => {
      const now = performance.now();
      analyser.getFloatTimeDomainData(samples);
      const first = samples.findIndex((value) => Math.abs(value) > 0.05);
      if (first <= 0) return; // silence, or the beep began before this window
      const at = now - ((samples.length - first) * 1000) / context.sampleRate;
      if (beeps.length === 0 || at - beeps[beeps.length - 1] > 500) beeps.push(at);
    }, 5);
    await new Promise((done) => setTimeout(done, seconds * 1000));
    watching = false;
    clearInterval(timer);
    input.disconnect();
    await context.close();
    const skews = [];
    for (const flash of flashes) {
      const nearest = beeps.reduce((best, beep) => (Math.abs(beep - flash) < Math.abs(best - flash) ? beep : best), Infinity);
      if (Math.abs(nearest - flash) < (PERIOD_S * 1000) / 2) skews.push(Math.round(nearest - flash));
    }
    return { skews, flashes: flashes.length, beeps: beeps.length };
  };
  window.__sync = sync;
})();
