/**
 * The peer connection that receives. The server offers, we answer; every m-line is a slot whose track exists from the
 * first answer on and never changes, whoever is shown in it.
 */
import type { Slot } from '@/protocol/messages.gen';

import { withStereo } from './opus_answer';

export interface SubscribeEvents {
  pathChanged(): void;
}

export class SubscribeTransport {
  private readonly pc: RTCPeerConnection;
  private lines = new Map<number, RTCRtpTransceiver>();
  private bySlotMid = new Map<string, number>();

  constructor(events: SubscribeEvents) {
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

  async answer(offer: string, slots: readonly Slot[]): Promise<string> {
    await this.pc.setRemoteDescription({ type: 'offer', sdp: offer });
    this.bindSlots(slots);
    const answer = await this.pc.createAnswer();
    const sdp = withStereo(answer.sdp ?? '', offer);
    await this.pc.setLocalDescription({ type: 'answer', sdp });
    return this.pc.localDescription?.sdp ?? sdp;
  }

  private bindSlots(slots: readonly Slot[]): void {
    const byMid = new Map(this.pc.getTransceivers().map((line) => [line.mid, line]));
    this.lines = new Map();
    this.bySlotMid = new Map();
    for (const slot of slots) {
      const line = byMid.get(slot.mid);
      if (line === undefined) continue;
      this.lines.set(slot.slot, line);
      this.bySlotMid.set(slot.mid, slot.slot);
    }
  }

  trackOf(slot: number): MediaStreamTrack | null {
    return this.lines.get(slot)?.receiver.track ?? null;
  }

  receiverOf(slot: number): RTCRtpReceiver | null {
    return this.lines.get(slot)?.receiver ?? null;
  }

  slotOfMid(mid: string): number | null {
    return this.bySlotMid.get(mid) ?? null;
  }

  stats(): Promise<RTCStatsReport> {
    return this.pc.getStats();
  }

  close(): void {
    this.pc.oniceconnectionstatechange = null;
    this.pc.onconnectionstatechange = null;
    this.pc.close();
  }
}
