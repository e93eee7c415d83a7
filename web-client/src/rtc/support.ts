/** What this browser can and cannot do for a class. Asked once, before a person meets a button that cannot work. */

export interface Support {
  readonly peerConnection: boolean;
  readonly webSocket: boolean;
  /** Camera and microphone exist only on https and on localhost. */
  readonly secureContext: boolean;
  readonly capture: boolean;
  readonly screenShare: boolean;
  readonly speakerChoice: boolean;
  readonly frameCallback: boolean;
}

export function readSupport(): Support {
  const media: Partial<MediaDevices> | undefined = (navigator as Partial<Navigator>).mediaDevices;
  return {
    peerConnection: typeof RTCPeerConnection === 'function' && 'addTransceiver' in RTCPeerConnection.prototype,
    webSocket: typeof WebSocket === 'function',
    secureContext: window.isSecureContext,
    capture: typeof media?.getUserMedia === 'function',
    screenShare: typeof media?.getDisplayMedia === 'function',
    speakerChoice: 'setSinkId' in HTMLMediaElement.prototype,
    frameCallback: 'requestVideoFrameCallback' in HTMLVideoElement.prototype,
  };
}

/** Phones get fewer slots: their screens show fewer faces and their decoders are weaker. */
export function isPhone(): boolean {
  const shortSide = Math.min(screen.width, screen.height);
  return window.matchMedia('(pointer: coarse)').matches && shortSide < 600;
}

/** For logs only; coarse on purpose. */
export function browserName(userAgent: string): string {
  const found = /(Firefox|Edg|CriOS|FxiOS|Chrome|Version)\/(\d+)/.exec(userAgent);
  if (found === null) return 'other';
  const name = found[1] === 'Version' ? 'Safari' : (found[1] ?? 'other');
  return `${name} ${found[2] ?? ''}`.trim();
}
