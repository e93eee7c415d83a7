// Runs in every page of a test before the page's own scripts: keeps the peer connections, finds controls by their
// accessible name and reads pixels. It changes nothing that the product does.
(() => {
  if (window.__probe) return;
  const connections = [];
  const Native = window.RTCPeerConnection;
  if (Native) {
    window.RTCPeerConnection = new Proxy(Native, {
      construct(target, args) {
        const connection = new target(...args);
        connection.__opened = performance.now();
        connection.__descriptions = 0;
        const remember = connection.setRemoteDescription.bind(connection);
        connection.setRemoteDescription = (description) => {
          connection.__descriptions += 1;
          return remember(description);
        };
        connections.push(connection);
        return connection;
      },
    });
  }
  const open = () => connections.filter((one) => one.connectionState !== "closed");

  function nameOf(element) {
    const labelled = element.getAttribute("aria-labelledby");
    if (labelled) {
      const text = labelled.split(/\s+/).map((id) => document.getElementById(id)?.innerText ?? "").join(" ").trim();
      if (text) return text;
    }
    return (element.getAttribute("aria-label") ?? (element.innerText || element.getAttribute("title") || "")).trim();
  }
  // "@id": by test id; "/text/": a part of the accessible name; else all of it
  function matches(one, wanted) {
    if (wanted.startsWith("@")) return one.dataset.testid === wanted.slice(1);
    const text = nameOf(one);
    if (wanted.startsWith("/") && wanted.length > 1) return new RegExp(wanted.slice(1, wanted.lastIndexOf("/")), "i").test(text);
    return text.replace(/\s+/g, " ").toLowerCase() === wanted.toLowerCase();
  }
  const CONTROLS = "button, a[href], [role=button], [role=menuitem], [role=menuitemradio], [role=tab], [role=switch], [role=option], input, select";
  function controls(wanted) {
    return [...document.querySelectorAll(CONTROLS)].filter((one) => {
      if (one.disabled || one.getAttribute("aria-disabled") === "true") return false;
      const box = one.getBoundingClientRect();
      return box.width > 0 && box.height > 0 && getComputedStyle(one).visibility !== "hidden" && matches(one, wanted);
    });
  }
  function target(wanted) {
    for (const one of controls(wanted)) {
      one.scrollIntoView({ block: "nearest" });
      const box = one.getBoundingClientRect();
      const x = box.left + box.width / 2;
      const y = box.top + box.height / 2;
      const top = document.elementFromPoint(x, y);
      if (top && (one.contains(top) || top.contains(one))) return { x, y, name: nameOf(one) };
    }
    return null;
  }

  const canvas = document.createElement("canvas");
  const context = canvas.getContext("2d", { willReadFrequently: true });
  function tile(name, source = "camera") {
    return [...document.querySelectorAll("[data-participant]")].find(
      (one) => one.dataset.name === name && one.dataset.source === source) ?? null;
  }
  // The track of the loudest audio that arrives now.
  async function loudestTrack() {
    const rows = (await inbound()).filter((one) => one.kind === "audio" && one.packets > 0);
    const best = rows.sort((a, b) => b.energy - a.energy)[0];
    const tracks = open().flatMap((one) => one.getReceivers().map((receiver) => receiver.track));
    return tracks.find((one) => one?.id === best?.track) ?? null;
  }
  // What a tile shows: null without one; `look` null while no picture may be seen.
  function tileState(name, source) {
    const one = tile(name, source);
    if (!one) return null;
    const { muted, blank, speaking, away } = one.dataset;
    const video = one.querySelector("video");
    return {
      muted: muted === "true", blank: blank === "true", speaking: speaking === "true", away: away === "true",
      look: blank === "true" ? null : look(video),
    };
  }
  // A video's picture in short: mean colour of the rows, the column of the light bar, and how many frames it has shown.
  function look(video) {
    if (!video || !video.videoWidth) return null;
    canvas.width = 64;
    canvas.height = 36;
    context.drawImage(video, 0, 0, 64, 36);
    const pixels = context.getImageData(0, 0, 64, 36).data;
    let bar = -1;
    let brightest = 0;
    const columns = [];
    for (let x = 0; x < 64; x += 1) {
      const sum = [0, 0, 0];
      for (let y = 6; y < 30; y += 1) for (let c = 0; c < 3; c += 1) sum[c] += pixels[(y * 64 + x) * 4 + c];
      const mean = sum.map((value) => value / 24);
      columns.push(mean);
      const light = Math.min(...mean);
      if (light > brightest) [brightest, bar] = [light, x];
    }
    // the median column is the ground: the bar covers few of them
    const ground = [0, 1, 2].map((c) => Math.round(columns.map((one) => one[c]).sort((a, b) => a - b)[32]));
    return { ground, bar, width: video.videoWidth, height: video.videoHeight, paused: video.paused };
  }

  async function reports() {
    const all = [];
    for (const connection of open()) {
      for (const report of (await connection.getStats()).values()) all.push(report);
    }
    return all;
  }
  async function inbound() {
    const rows = (await reports()).filter((one) => one.type === "inbound-rtp");
    return rows.map((one) => ({
      ssrc: one.ssrc, kind: one.kind, mid: one.mid, track: one.trackIdentifier, packets: one.packetsReceived ?? 0, lost: one.packetsLost ?? 0,
      bytes: one.bytesReceived ?? 0, frames: one.framesDecoded ?? 0, keyFrames: one.keyFramesDecoded ?? 0,
      height: one.frameHeight ?? 0, freezes: one.freezeCount ?? 0, freezeS: one.totalFreezesDuration ?? 0,
      audioLevel: one.audioLevel ?? 0, energy: one.totalAudioEnergy ?? 0, concealed: one.concealedSamples ?? 0,
      samples: one.totalSamplesReceived ?? 0, plis: one.pliCount ?? 0, nacks: one.nackCount ?? 0,
    }));
  }
  async function outbound() {
    const rows = (await reports()).filter((one) => one.type === "outbound-rtp");
    return rows.map((one) => ({
      ssrc: one.ssrc, kind: one.kind, rid: one.rid ?? "", mid: one.mid, packets: one.packetsSent ?? 0,
      frames: one.framesEncoded ?? 0, height: one.frameHeight ?? 0, active: one.active ?? true,
    }));
  }
  async function summary() {
    return {
      connections: open().map((one) => ({
        ice: one.iceConnectionState, state: one.connectionState, signaling: one.signalingState, descriptions: one.__descriptions,
      })),
      inbound: (await inbound()).filter((one) => one.packets > 0),
      outbound: await outbound(),
    };
  }

  const remoteTracks = () =>
    new Set(open().flatMap((one) => one.getReceivers().map((receiver) => receiver.track?.id)));
  // Videos on the page that show somebody else.
  function remoteVideos() {
    const ids = remoteTracks();
    return [...document.querySelectorAll("video")].filter((one) =>
      (one.srcObject?.getVideoTracks() ?? []).some((track) => ids.has(track.id)));
  }

  // From the person's last click to the first picture of somebody else that was presented.
  let clicked = 0;
  let firstFrame = 0;
  const watched = new WeakSet();
  addEventListener("pointerdown", () => { if (!firstFrame) clicked = performance.now(); }, true);
  function armFirstFrame() {
    clicked = firstFrame = 0;
    const timer = setInterval(() => {
      if (firstFrame) clearInterval(timer);
      for (const video of remoteVideos()) {
        if (watched.has(video)) continue;
        watched.add(video);
        video.requestVideoFrameCallback((now) => { firstFrame ||= now; });
      }
    }, 4);
  }
  const firstFrameMs = () => (clicked && firstFrame ? firstFrame - clicked : null);

  // The longest time for which the person heard something made up or nothing in place of sound that should have been
  // there: concealed samples in polls that follow each other (getStats, W3C webrtc-stats).
  function startGapMeter(pollMs) {
    const meter = { gapMsMax: 0, polls: 0, concealedMs: 0, stalledMsMax: 0, stop: () => clearInterval(timer) };
    const before = new Map();
    const runs = new Map();
    const still = new Map();
    let last = performance.now();
    const timer = setInterval(async () => {
      const rows = (await inbound()).filter((one) => one.kind === "audio" && one.packets > 0);
      const now = performance.now();
      meter.polls += 1;
      for (const row of rows) {
        const old = before.get(row.ssrc);
        before.set(row.ssrc, row);
        if (!old) continue;
        const concealedMs = (row.concealed - old.concealed) / 48;
        meter.concealedMs += concealedMs;
        const run = concealedMs > 0 ? (runs.get(row.ssrc) ?? 0) + concealedMs : 0;
        runs.set(row.ssrc, run);
        meter.gapMsMax = Math.max(meter.gapMsMax, run);
        const stalled = row.packets === old.packets ? (still.get(row.ssrc) ?? 0) + (now - last) : 0;
        still.set(row.ssrc, stalled);
        meter.stalledMsMax = Math.max(meter.stalledMsMax, stalled);
      }
      last = now;
    }, pollMs);
    window.__gapMeter = meter;
    return true;
  }

  // The longest time for which a video stood still. A frame that was presented while this page was busy and could not be
  // told of it counts as well: `presentedFrames` knows.
  function startFrameMeter(video) {
    const meter = { frames: 0, gapMsMax: 0, gaps: [], stop: () => { running = false; } };
    let running = true;
    let last = null;
    const onFrame = (_now, frame) => {
      const news = last ? frame.presentedFrames - last.presentedFrames : 1;
      if (last && news > 0) {
        const gap = (frame.expectedDisplayTime - last.expectedDisplayTime) / news;
        meter.gapMsMax = Math.max(meter.gapMsMax, gap);
        if (gap > 400) meter.gaps.push(Math.round(gap));
      }
      meter.frames += news;
      last = frame;
      if (running) video.requestVideoFrameCallback(onFrame);
    };
    video.requestVideoFrameCallback(onFrame);
    window.__frameMeter = meter;
    return true;
  }

  window.__probe = {
    loudestTrack,
    tile, tileState,
    remoteVideos, armFirstFrame, firstFrameMs, startGapMeter, startFrameMeter, connections, open, controls: (wanted) => controls(wanted).map(nameOf), target, look, inbound, outbound, summary, reports };
})();
