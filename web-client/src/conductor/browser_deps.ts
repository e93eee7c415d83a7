/** The real outside world for the conductor: this page's socket, clock, link and shelf. */
import { browserClock } from '@/protocol/clock';
import type { SocketLike } from '@/protocol/connection';
import { describeJoin, requestTicket } from '@/protocol/ticket';
import { browserName, isPhone } from '@/rtc/support';

import type { ConductorDeps } from './conductor';
import { browserShelf } from './preferences';

export { linkToken } from '@/protocol/ticket';

function openSocket(path: string): SocketLike {
  const scheme = location.protocol === 'https:' ? 'wss:' : 'ws:';
  const socket = new WebSocket(`${scheme}//${location.host}${path}`);
  const like: SocketLike = {
    send: (text) => {
      if (socket.readyState === WebSocket.OPEN) socket.send(text);
    },
    close: () => socket.close(),
    onopen: null,
    onmessage: null,
    onclose: null,
    onerror: null,
  };
  socket.onopen = () => like.onopen?.();
  socket.onmessage = (event: MessageEvent<unknown>) => like.onmessage?.({ data: event.data });
  socket.onclose = () => like.onclose?.();
  socket.onerror = () => like.onerror?.();
  return like;
}

export function browserDeps(token: string): ConductorDeps {
  return {
    clock: browserClock,
    openSocket,
    describeJoin: () => describeJoin(token),
    requestTicket: () => requestTicket(token),
    tier: isPhone() ? 'phone' : 'desktop',
    browser: browserName(navigator.userAgent),
    shelf: browserShelf(),
    devicePixels: () => window.devicePixelRatio || 1,
  };
}

/** Everything that wakes a page up, as one callback. */
export function watchWakeups(conductor: { nudge(): void; setOnline(online: boolean): void }): () => void {
  const online = (): void => conductor.setOnline(true);
  const offline = (): void => conductor.setOnline(false);
  const visible = (): void => {
    if (document.visibilityState === 'visible') conductor.nudge();
  };
  window.addEventListener('online', online);
  window.addEventListener('offline', offline);
  window.addEventListener('pageshow', visible);
  document.addEventListener('visibilitychange', visible);
  return () => {
    window.removeEventListener('online', online);
    window.removeEventListener('offline', offline);
    window.removeEventListener('pageshow', visible);
    document.removeEventListener('visibilitychange', visible);
  };
}
