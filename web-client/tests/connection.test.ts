import { beforeEach, describe, expect, it } from 'vitest';

import type { ConnectionStatus, RoomMessage } from '@/protocol/connection';
import { Connection } from '@/protocol/connection';
import { Refused, Unanswered } from '@/protocol/errors';
import type { Bye } from '@/protocol/messages.gen';

import { FakeClock, settle } from './fake_clock';
import { FakeSocket } from './fake_server';

const sockets: FakeSocket[] = [];
const heard: RoomMessage[] = [];
const statuses: ConnectionStatus[] = [];
const refusals: string[] = [];
const byes: Bye[] = [];
let welcomes = 0;
let tickets = 0;
let ticketError: Error | null = null;
let clock = new FakeClock();
let connection = make();

function make(): Connection {
  return new Connection(
    {
      clock,
      client: { name: 'test' },
      openSocket: () => {
        const socket = new FakeSocket();
        sockets.push(socket);
        return socket;
      },
      requestTicket: () => {
        tickets += 1;
        if (ticketError !== null) return Promise.reject(ticketError);
        return Promise.resolve({ ticket: `ticket-${tickets}`, ws_path: '/ws', expires_in_s: 60, session_id: 'ses_1' });
      },
    },
    {
      status: (status) => statuses.push(status),
      welcome: () => (welcomes += 1),
      room: (message) => heard.push(message),
      refused: (code) => refusals.push(code),
      bye: (message) => byes.push(message),
    },
  );
}

function socket(): FakeSocket {
  const last = sockets.at(-1);
  if (last === undefined) throw new Error('no socket was opened');
  return last;
}

/** Lets time pass until the client opens another socket. */
async function nextSocket(): Promise<FakeSocket> {
  const before = sockets.length;
  for (let waited = 0; sockets.length === before && waited < 20_000; waited += 50) await clock.pass(50);
  return socket();
}

async function enter(): Promise<void> {
  connection.start();
  await settle();
  socket().open();
  socket().welcome();
}

const quality = { type: 'track_closed', track_id: 'trk_1' } as const;

beforeEach(() => {
  for (const list of [sockets, heard, statuses, refusals, byes]) list.length = 0;
  welcomes = tickets = 0;
  ticketError = null;
  clock = new FakeClock();
  connection = make();
});

describe('coming in', () => {
  it('exchanges the link for a ticket and says hello with it', async () => {
    await enter();
    expect(socket().last('hello')).toMatchObject({ version: 1, ticket: 'ticket-1', takeover: false });
    expect(statuses).toEqual(['connecting', 'open']);
    expect(welcomes).toBe(1);
  });

  it('asks a person when the seat is in use, and moves with a new ticket', async () => {
    connection.start();
    await settle();
    socket().open();
    socket().say({ type: 'error', re: socket().last('hello').id, code: 'seat_in_use', text: '' } as never);
    expect(refusals).toEqual(['seat_in_use']);
    connection.start(true);
    await settle();
    socket().open();
    expect(socket().last('hello')).toMatchObject({ ticket: 'ticket-2', takeover: true });
  });

  it('stops at a final refusal', async () => {
    ticketError = new Refused('link_revoked', 'gone');
    connection.start();
    await clock.pass(60_000);
    expect(refusals).toEqual(['link_revoked']);
    expect(tickets).toBe(1);
  });

  it('goes on by itself while the server does not answer, and says so once', async () => {
    ticketError = new Refused('unreachable', '');
    connection.start();
    await clock.pass(30_000);
    expect(tickets).toBeGreaterThan(4);
    expect(refusals).toEqual(['unreachable']);
    ticketError = null;
    (await nextSocket()).open();
    socket().welcome();
    expect(statuses.at(-1)).toBe('open');
  });

  it('fetches another ticket when one expired on the way', async () => {
    connection.start();
    await settle();
    socket().open();
    socket().say({ type: 'error', re: socket().last('hello').id, code: 'ticket_expired', text: '' } as never);
    await clock.pass(1_000);
    expect(tickets).toBe(2);
    expect(refusals).toEqual([]);
  });

  it('knocks again while the class is not open', async () => {
    ticketError = new Refused('session_not_open', '');
    connection.start();
    await clock.pass(31_000);
    expect(tickets).toBe(3);
  });

  it('gives up on a socket that never welcomes', async () => {
    connection.start();
    await settle();
    socket().open();
    await clock.pass(8_500);
    expect(sockets.length).toBe(2);
    expect(sockets[0]?.closed).toBe(true);
  });
});

describe('order and resume', () => {
  it('delivers each numbered message once and in order', async () => {
    await enter();
    socket().say({ ...quality, seq: 11 });
    socket().say({ ...quality, seq: 11 });
    socket().say({ ...quality, seq: 12 });
    expect(heard.length).toBe(2);
    expect(connection.seq).toBe(12);
  });

  it('resumes with token and seq, takes what was missed, and does not go back', async () => {
    await enter();
    socket().say({ ...quality, seq: 11 });
    socket().drop();
    await clock.pass(200);
    socket().open();
    expect(socket().last('hello')).toMatchObject({ resume: { token: 'token-1', seq: 11 } });
    expect(tickets).toBe(1);
    // `seq` of a resumed welcome may already stand at the newest message.
    socket().welcome({ resumed: true, room: null, seq: 13, resume_token: 'token-2' });
    socket().say({ ...quality, seq: 12 });
    socket().say({ ...quality, seq: 13 });
    expect(heard.length).toBe(3);
    socket().drop();
    await clock.pass(200);
    socket().open();
    expect(socket().last('hello')).toMatchObject({ resume: { token: 'token-2', seq: 13 } });
  });

  it('resumes when a number is missing', async () => {
    await enter();
    socket().say({ ...quality, seq: 13 });
    expect(heard.length).toBe(0);
    await clock.pass(200);
    socket().open();
    expect(socket().last('hello')).toMatchObject({ resume: { seq: 10 } });
  });

  it('joins afresh when the server has forgotten it', async () => {
    await enter();
    socket().drop();
    await clock.pass(200);
    socket().open();
    socket().say({ type: 'error', re: socket().last('hello').id, code: 'resume_unknown', text: '' } as never);
    await clock.pass(1_000);
    socket().open();
    expect(socket().last('hello')).toMatchObject({ ticket: 'ticket-2' });
    expect(refusals).toEqual([]);
  });

  it('waits for its own dead socket to lose the seat before it asks to move', async () => {
    await enter();
    socket().drop();
    await clock.pass(200);
    socket().open();
    socket().say({ type: 'error', re: socket().last('hello').id, code: 'resume_unknown', text: '' } as never);
    const inUse = async (): Promise<void> => {
      (await nextSocket()).open();
      socket().say({ type: 'error', re: socket().last('hello').id, code: 'seat_in_use', text: '' } as never);
    };
    const began = clock.now();
    for (let i = 0; i < 5; i += 1) await inUse();
    expect(refusals).toEqual([]);
    await inUse();
    // Longer than the 4.5 s after which the server itself gives a silent socket up.
    expect(clock.now() - began).toBeGreaterThan(4_500);
    expect(refusals).toEqual(['seat_in_use']);
  });

  it('ends at bye and does not come back', async () => {
    await enter();
    socket().say({ type: 'bye', code: 'moved', text: '' } as never);
    socket().drop();
    connection.nudge();
    await clock.pass(60_000);
    expect(byes.map((one) => one.code)).toEqual(['moved']);
    expect(sockets.length).toBe(1);
  });
});

describe('is the server there?', () => {
  it('pings, and takes three seconds without an answer for a loss', async () => {
    await enter();
    await clock.pass(2_000);
    expect(socket().count('ping')).toBe(1);
    await clock.pass(2_900);
    expect(sockets.length).toBe(1);
    await clock.pass(300);
    expect(sockets.length).toBe(2);
  });

  it('lives on while answers come', async () => {
    await enter();
    for (let i = 0; i < 20; i += 1) {
      await clock.pass(2_000);
      socket().say({ type: 'ack', re: socket().last('ping').id });
    }
    expect(sockets.length).toBe(1);
  });

  it('tries at once when the network is back', async () => {
    await enter();
    clock.chance = 0.99;
    socket().drop();
    await clock.pass(160);
    for (let i = 0; i < 4; i += 1) {
      socket().drop();
      await clock.pass(8_000);
    }
    socket().drop();
    const before = sockets.length;
    connection.nudge();
    await settle();
    expect(sockets.length).toBe(before + 1);
  });

  it('asks at once whether the old path still works when the network changed', async () => {
    await enter();
    connection.nudge();
    expect(socket().count('ping')).toBe(1);
    await clock.pass(1_600);
    expect(sockets.length).toBe(2);
  });
});

describe('requests', () => {
  it('answers by id, and refuses by code', async () => {
    await enter();
    const good = connection.send({ type: 'layout', slots: [] });
    const bad = connection.send({ type: 'mute', track_id: 'trk_x', muted: true });
    socket().say({ type: 'error', re: socket().last('mute').id, code: 'track_unknown', text: '' } as never);
    socket().say({ type: 'ack', re: socket().last('layout').id });
    await expect(good).resolves.toMatchObject({ type: 'ack' });
    await expect(bad).rejects.toMatchObject({ code: 'track_unknown' });
  });

  it('tells waiting requests when the connection is lost', async () => {
    await enter();
    const waiting = connection.send({ type: 'layout', slots: [] });
    socket().drop();
    await expect(waiting).rejects.toBeInstanceOf(Unanswered);
  });

  it('refuses one more than the limit', async () => {
    await enter();
    const all = Array.from({ length: 65 }, () => connection.send({ type: 'layout', slots: [] }));
    const over = all.pop();
    for (const one of all) one.catch(() => undefined);
    await expect(over).rejects.toMatchObject({ code: 'busy' });
  });

  it('does not stumble over what it does not know', async () => {
    await enter();
    socket().onmessage?.({ data: 'no json' });
    socket().onmessage?.({ data: new ArrayBuffer(3) });
    socket().say({ type: 'from_the_future' });
    expect(heard).toEqual([]);
    expect(statuses.at(-1)).toBe('open');
  });

  it('says goodbye when the person leaves', async () => {
    await enter();
    connection.stop(true);
    expect(socket().count('leave')).toBe(1);
    expect(socket().closed).toBe(true);
  });
});
