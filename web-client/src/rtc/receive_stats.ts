/** From getStats to what one person heard and saw since the last look. Pure: two readings in, one report out. */
import type { Kind, ReceiveReport } from '@/protocol/messages.gen';

/** The running totals of one slot at one moment. */
export interface SlotTotals {
  readonly slot: number;
  readonly kind: Kind;
  readonly concealedMs: number;
  readonly concealmentEvents: number;
  readonly freezes: number;
  readonly freezeMs: number;
  readonly framesDecoded: number;
  readonly frameHeight: number;
  readonly packetsLost: number;
  readonly packetsReceived: number;
  readonly jitterMs: number;
}

export interface Reading {
  readonly slots: ReadonlyMap<number, SlotTotals>;
  readonly rttMs: number | null;
}

/** The fields of RTCInboundRtpStreamStats and RTCIceCandidatePairStats that we read; a browser may lack any of them. */
interface RawStat {
  readonly type?: string;
  readonly kind?: string;
  readonly mid?: string;
  readonly trackIdentifier?: string;
  readonly concealedSamples?: number;
  readonly silentConcealedSamples?: number;
  readonly concealmentEvents?: number;
  readonly freezeCount?: number;
  readonly totalFreezesDuration?: number;
  readonly framesDecoded?: number;
  readonly frameHeight?: number;
  readonly packetsLost?: number;
  readonly packetsReceived?: number;
  readonly jitter?: number;
  readonly state?: string;
  readonly nominated?: boolean;
  readonly currentRoundTripTime?: number;
}

/** Opus in WebRTC always runs its RTP clock at 48 kHz (RFC 7587 section 4.1), and samples are counted per channel. */
const SAMPLES_PER_MS = 48;

export interface SlotNames {
  slotOfMid(mid: string): number | null;
  slotOfTrack(trackIdentifier: string): number | null;
}

export function read(stats: Iterable<unknown>, names: SlotNames): Reading {
  const slots = new Map<number, SlotTotals>();
  let rttMs: number | null = null;
  for (const value of stats) {
    const raw = value as RawStat;
    if (raw.type === 'inbound-rtp') {
      const totals = totalsOf(raw, names);
      if (totals !== null) slots.set(totals.slot, totals);
    } else if (raw.type === 'candidate-pair' && raw.currentRoundTripTime !== undefined && isChosen(raw)) {
      rttMs = raw.currentRoundTripTime * 1000;
    }
  }
  return { slots, rttMs };
}

function isChosen(raw: RawStat): boolean {
  return raw.state === 'succeeded' && raw.nominated !== false;
}

function totalsOf(raw: RawStat, names: SlotNames): SlotTotals | null {
  const byMid = raw.mid === undefined ? null : names.slotOfMid(raw.mid);
  const slot = byMid ?? (raw.trackIdentifier === undefined ? null : names.slotOfTrack(raw.trackIdentifier));
  if (slot === null) return null;
  // Silence that was filled in is not heard as a fault: a slot without a voice conceals for ever.
  const concealed = (raw.concealedSamples ?? 0) - (raw.silentConcealedSamples ?? 0);
  return {
    slot,
    kind: raw.kind === 'video' ? 'video' : 'audio',
    concealedMs: Math.max(0, concealed) / SAMPLES_PER_MS,
    concealmentEvents: raw.concealmentEvents ?? 0,
    freezes: raw.freezeCount ?? 0,
    freezeMs: (raw.totalFreezesDuration ?? 0) * 1000,
    framesDecoded: raw.framesDecoded ?? 0,
    frameHeight: raw.frameHeight ?? 0,
    packetsLost: raw.packetsLost ?? 0,
    packetsReceived: raw.packetsReceived ?? 0,
    jitterMs: (raw.jitter ?? 0) * 1000,
  };
}

/** What happened between two readings, for slots that carried anything. Counters that went back (a new transport) count from 0. */
export function reportsBetween(
  before: Reading | null,
  after: Reading,
  trackOf: (slot: number) => string | null,
): ReceiveReport[] {
  const reports: ReceiveReport[] = [];
  for (const now of after.slots.values()) {
    const then = before?.slots.get(now.slot);
    const grown = (pick: (totals: SlotTotals) => number): number => {
      const old = then === undefined ? 0 : pick(then);
      return pick(now) >= old ? pick(now) - old : pick(now);
    };
    const carried = grown((t) => t.packetsReceived) > 0 || grown((t) => t.framesDecoded) > 0;
    const trackId = trackOf(now.slot);
    if (!carried && trackId === null) continue;
    reports.push({
      slot: now.slot,
      track_id: trackId,
      kind: now.kind,
      concealed_ms: whole(grown((t) => t.concealedMs), 600_000),
      concealment_events: whole(grown((t) => t.concealmentEvents), 1_000_000),
      freezes: whole(grown((t) => t.freezes), 1_000_000),
      freeze_ms: whole(grown((t) => t.freezeMs), 600_000),
      frames_decoded: whole(grown((t) => t.framesDecoded), 1_000_000),
      frame_height: whole(now.frameHeight, 16_384),
      packets_lost: whole(grown((t) => t.packetsLost), 1_000_000_000),
      jitter_ms: Math.min(600_000, Math.round(now.jitterMs * 10) / 10),
    });
  }
  return reports;
}

/** The server refuses what is out of bounds: a whole number from 0 to the bound of the protocol. */
function whole(value: number, max: number): number {
  return Number.isFinite(value) ? Math.min(max, Math.max(0, Math.round(value))) : 0;
}
