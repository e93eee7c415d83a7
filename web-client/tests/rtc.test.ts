import { describe, expect, it } from 'vitest';

import { problemOf } from '@/rtc/capture';
import { encodingsFor, merged } from '@/rtc/encodings';
import { loudness } from '@/rtc/level';
import { withStereo } from '@/rtc/opus_answer';
import type { PathHealth, PathInput } from '@/rtc/path_health';
import { newPath, stepPath } from '@/rtc/path_health';
import { read, reportsBetween } from '@/rtc/receive_stats';

const lines = (...all: string[]): string => all.join('\r\n') + '\r\n';

describe('withStereo', () => {
  const head = ['v=0', 'o=- 1 1 IN IP4 0.0.0.0', 's=-', 't=0 0'];
  const audio = (mid: string, fmtp: string): string[] => ['m=audio 9 UDP/TLS/RTP/SAVPF 111', `a=mid:${mid}`, 'a=rtpmap:111 opus/48000/2', fmtp];
  const offer = lines(...head, ...audio('0', 'a=fmtp:111 minptime=10;useinbandfec=1;stereo=1'), ...audio('1', 'a=fmtp:111 minptime=10'));

  it('repeats stereo where the offer asked for it, and nowhere else', () => {
    const answer = lines(...head, ...audio('0', 'a=fmtp:111 minptime=10;useinbandfec=1'), ...audio('1', 'a=fmtp:111 minptime=10'));
    const munged = withStereo(answer, offer);
    expect(munged.match(/stereo=1/g)?.length).toBe(1);
    expect(munged).toContain('a=fmtp:111 minptime=10;useinbandfec=1;stereo=1\r\n');
  });

  it('leaves an answer alone that says so already, and video', () => {
    expect(withStereo(offer, offer)).toBe(offer);
    const video = lines(...head, 'm=video 9 UDP/TLS/RTP/SAVPF 96', 'a=mid:0', 'a=rtpmap:96 VP8/90000');
    expect(withStereo(video, offer)).toBe(video);
  });

  it('adds the line where the answer has none', () => {
    const bare = lines(...head, 'm=audio 9 UDP/TLS/RTP/SAVPF 111', 'a=mid:0', 'a=rtpmap:111 opus/48000/2', 'a=recvonly');
    expect(withStereo(bare, offer)).toContain('a=rtpmap:111 opus/48000/2\r\na=fmtp:111 stereo=1\r\na=recvonly');
  });
});

describe('stepPath', () => {
  const good: PathInput = { ice: 'connected', connection: 'connected' };
  const away: PathInput = { ice: 'disconnected', connection: 'disconnected' };
  const failed: PathInput = { ice: 'failed', connection: 'failed' };

  function run(steps: readonly (readonly [PathInput, number])[]): { acts: string[]; path: PathHealth } {
    let path = newPath(0);
    const acts: string[] = [];
    for (const [input, now] of steps) {
      const result = stepPath(path, input, now);
      path = result.path;
      if (result.act !== 'none') acts.push(`${result.act}@${now}`);
    }
    return { acts, path };
  }

  it('lets a short disturbance heal by itself', () => {
    expect(run([[good, 100], [away, 1000], [away, 2000], [good, 2400]]).acts).toEqual([]);
  });

  it('restarts, restarts again, then replaces, in bounded time', () => {
    const steps: [PathInput, number][] = [[good, 0]];
    for (let now = 500; now < 30_000; now += 500) steps.push([away, now]);
    expect(run(steps).acts).toEqual(['restart@2500', 'restart@8000', 'replace@13500', 'replace@24000']);
  });

  it('does not wait when ICE failed or the network changed', () => {
    expect(run([[good, 0], [failed, 10]]).acts).toEqual(['restart@10']);
    expect(run([[good, 0], [{ ...away, networkChanged: true }, 10]]).acts).toEqual(['restart@10']);
  });

  it('replaces what never connected and what DTLS broke', () => {
    expect(run([[{ ice: 'checking', connection: 'connecting' }, 10_500]]).acts).toEqual(['replace@10500']);
    expect(run([[good, 0], [{ ice: 'connected', connection: 'failed' }, 10]]).acts).toEqual(['replace@10']);
  });

  it('counts restarts anew after it was good', () => {
    expect(run([[good, 0], [failed, 10], [good, 200]]).path).toMatchObject({ phase: 'good', restarts: 0 });
  });
});

describe('receive reports', () => {
  const names = { slotOfMid: (mid: string) => Number(mid), slotOfTrack: () => null };
  const stat = (change: object): object => ({ type: 'inbound-rtp', kind: 'audio', mid: '2', packetsReceived: 10, ...change });

  it('reports what happened between two looks', () => {
    const before = read([stat({ concealedSamples: 480, silentConcealedSamples: 0, concealmentEvents: 1 })], names);
    const after = read(
      [
        stat({ concealedSamples: 48_000, silentConcealedSamples: 24_000, concealmentEvents: 3, packetsReceived: 500, jitter: 0.0123 }),
        { type: 'candidate-pair', state: 'succeeded', nominated: true, currentRoundTripTime: 0.042 },
      ],
      names,
    );
    expect(after.rttMs).toBeCloseTo(42);
    expect(reportsBetween(before, after, () => 'trk_1')).toEqual([
      expect.objectContaining({ slot: 2, track_id: 'trk_1', concealed_ms: 490, concealment_events: 2, jitter_ms: 12.3 }),
    ]);
  });

  it('leaves out slots that carried nothing, and survives counters that went back', () => {
    const before = read([stat({ packetsReceived: 900, framesDecoded: 50, kind: 'video' })], names);
    const idle = read([stat({ packetsReceived: 900, framesDecoded: 50, kind: 'video' })], names);
    expect(reportsBetween(before, idle, () => null)).toEqual([]);
    const fresh = read([stat({ packetsReceived: 30, framesDecoded: 20, frameHeight: 360, kind: 'video' })], names);
    expect(reportsBetween(before, fresh, () => null)[0]).toMatchObject({ frames_decoded: 20, frame_height: 360 });
  });
});

describe('small things', () => {
  it('knows a refusal from a closed picker', () => {
    const no = new DOMException('Permission denied', 'NotAllowedError');
    expect(problemOf(no, 'device')).toBe('permission_denied');
    expect(problemOf(no, 'screen')).toBe('cancelled');
    expect(problemOf(new DOMException('Permission denied by system', 'NotAllowedError'), 'device')).toBe('permission_denied_system');
    expect(problemOf(new DOMException('x', 'NotReadableError'), 'device')).toBe('in_use');
    expect(problemOf('what', 'device')).toBe('failed');
  });

  it('orders layers low to high', () => {
    const manner = { music: false, share: 'text' } as const;
    expect(encodingsFor('camera', manner).map((one) => [one.rid, one.scaleResolutionDownBy])).toEqual([['q', 4], ['h', 2], ['f', 1]]);
    const small = encodingsFor('camera', manner, 480);
    expect(small.map((one) => [one.scaleResolutionDownBy, one.active])).toEqual([[2, true], [1, true], [1, false]]);
    expect(merged(small, encodingsFor('camera', manner, 720)).every((one) => one.active)).toBe(true);
    expect(encodingsFor('screen', manner).map((one) => one.rid)).toEqual(['q', 'f']);
    const running = [{ rid: 'f', active: true }, { rid: 'q', active: true }];
    expect(merged(running, encodingsFor('screen', manner)).map((one) => [one.rid, one.maxFramerate])).toEqual([['f', 15], ['q', 5]]);
  });

  it('measures loudness between silence and full', () => {
    expect(loudness(0)).toBe(0);
    expect(loudness(1)).toBe(1);
    expect(loudness(0.001)).toBeCloseTo(0);
    expect(loudness(0.0316)).toBeCloseTo(0.5, 1);
  });
});
