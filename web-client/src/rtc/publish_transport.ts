/**
 * The peer connection that sends. One transceiver per source, made on first use: switching a camera off and on only
 * replaces its track. A source that ends (a screen share) gives its m-line back, and the next one takes it over (RFC 8829
 * section 5.2.2); a line that only went inactive would come back in Chromium without the rid extension and be refused.
 * An offer is needed when a source becomes live, ends, or changes its content hint.
 */
import type { ContentHint, Source, TrackOffer } from '@/protocol/messages.gen';

import type { Manner } from './encodings';
import { encodingsFor, merged } from './encodings';

export interface Outlet {
  readonly source: Source;
  /** Null: live but without picture or sound just now (camera off, device gone). */
  readonly track: MediaStreamTrack | null;
  readonly muted: boolean;
  readonly hint: ContentHint;
}

export interface PublishEvents {
  pathChanged(): void;
}

export class PublishTransport {
  private readonly pc: RTCPeerConnection;
  private readonly lines = new Map<Source, RTCRtpTransceiver>();
  /** One stream per participant, so that a receiver of the plain offer would sync them too. */
  private readonly stream = new MediaStream();
  private closed = false;

  constructor(events: PublishEvents) {
    this.pc = new RTCPeerConnection({ bundlePolicy: 'max-bundle', iceServers: [] });
    this.pc.oniceconnectionstatechange = () => events.pathChanged();
    this.pc.onconnectionstatechange = () => events.pathChanged();
  }

  get iceState(): RTCIceConnectionState {
    return this.pc.iceConnectionState;
  }

  get connectionState(): RTCPeerConnectionState {
    return this.pc.connectionState;
  }

  /** Makes the transceivers show exactly these outlets. */
  async arrange(outlets: readonly Outlet[], manner: Manner): Promise<void> {
    const live = new Map(outlets.map((one) => [one.source, one]));
    for (const [source, line] of this.lines) {
      if (live.has(source)) continue;
      line.stop();
      this.lines.delete(source);
    }
    for (const outlet of outlets) await this.arrangeOne(outlet, manner);
  }

  private async arrangeOne(outlet: Outlet, manner: Manner): Promise<void> {
    const line = this.lines.get(outlet.source);
    if (line === undefined) {
      const kind = outlet.source === 'camera' || outlet.source === 'screen' ? 'video' : 'audio';
      const made = this.pc.addTransceiver(outlet.track ?? kind, {
        direction: 'sendonly',
        streams: [this.stream],
        sendEncodings: encodingsFor(outlet.source, manner, linesOf(outlet.track)),
      });
      this.lines.set(outlet.source, made);
      return;
    }
    if (line.sender.track !== outlet.track) await line.sender.replaceTrack(outlet.track);
    await this.retune(outlet.source, manner);
  }

  /** Bitrates and frame rates of a running sender; what the browser does not take stays as it was. */
  async retune(source: Source, manner: Manner): Promise<void> {
    const sender = this.lines.get(source)?.sender;
    if (sender === undefined) return;
    const parameters = sender.getParameters();
    const encodings = merged(parameters.encodings, encodingsFor(source, manner, linesOf(sender.track)));
    if (encodings.length === 0 || JSON.stringify(encodings) === JSON.stringify(parameters.encodings)) return;
    try {
      await sender.setParameters({ ...parameters, encodings });
    } catch {
      // Firefox before 128 refuses maxFramerate on a live sender; the picture goes on as it was.
    }
  }

  async offer(outlets: readonly Outlet[], iceRestart: boolean): Promise<{ sdp: string; tracks: TrackOffer[] }> {
    const offer = await this.pc.createOffer({ iceRestart });
    await this.pc.setLocalDescription(offer);
    const tracks: TrackOffer[] = [];
    for (const outlet of outlets) {
      const mid = this.lines.get(outlet.source)?.mid;
      if (mid === undefined || mid === null) continue;
      tracks.push({ mid, source: outlet.source, content_hint: outlet.hint, muted: outlet.muted });
    }
    return { sdp: this.pc.localDescription?.sdp ?? offer.sdp ?? '', tracks };
  }

  async accept(sdp: string): Promise<void> {
    if (!this.closed) await this.pc.setRemoteDescription({ type: 'answer', sdp });
  }

  sourceOf(mid: string): Source | null {
    for (const [source, line] of this.lines) if (line.mid === mid) return source;
    return null;
  }

  stats(): Promise<RTCStatsReport> {
    return this.pc.getStats();
  }

  close(): void {
    this.closed = true;
    this.pc.oniceconnectionstatechange = null;
    this.pc.onconnectionstatechange = null;
    this.pc.close();
  }
}

/** The lines of a picture held the wide way: a phone's camera is no smaller for being held upright. */
function linesOf(track: MediaStreamTrack | null): number | undefined {
  const { width, height } = track?.getSettings() ?? {};
  return width === undefined || height === undefined ? height : Math.min(width, height);
}
