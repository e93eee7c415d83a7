// Made from signaling/messages.py and signaling/codes.py by `python -m signaling.export`. Do not edit.

export const PROTOCOL_VERSION = 1;
export const MESSAGE_BYTES_MAX = 262144;

export const ROLES = ["instructor", "assistant", "student", "observer"] as const;
export type Role = (typeof ROLES)[number];
export const SOURCES = ["camera", "mic", "screen", "screen_audio"] as const;
export type Source = (typeof SOURCES)[number];
export const DIRECTIONS = ["publish", "subscribe"] as const;
export type Direction = (typeof DIRECTIONS)[number];
export const KINDS = ["audio", "video"] as const;
export type Kind = (typeof KINDS)[number];
export const PRESENCES = ["here", "away"] as const;
export type Presence = (typeof PRESENCES)[number];
export const TIERS = ["desktop", "phone"] as const;
export type Tier = (typeof TIERS)[number];
export const SLOT_MODES = ["pinned", "loudest", "main", "tile"] as const;
export type SlotMode = (typeof SLOT_MODES)[number];
export const CONTENT_HINTS = ["", "speech", "music", "motion", "detail", "text"] as const;
export type ContentHint = (typeof CONTENT_HINTS)[number];
export type Id = string;
export type Token = string;
export type Sdp = string;
export type Mid = string;
export type MessageId = number;
export type Seq = number;

/** Proof of an earlier Connection: its token and the last `seq` that was seen. */
export interface Resume {
  readonly token: Token;
  readonly seq: Seq;
}

/** What the client is: for logs and for choosing slots. Never trusted for anything else. */
export interface ClientDescription {
  readonly name?: string;
  readonly browser?: string;
  readonly tier?: Tier;
}

/** One m-line of the client's publish offer and what it carries. */
export interface TrackOffer {
  readonly mid: Mid;
  readonly source: Source;
  readonly content_hint?: ContentHint;
  readonly muted?: boolean;
}

/** The Track id that the server gave to an m-line of the publish offer. */
export interface TrackAnswer {
  readonly mid: string;
  readonly track_id: string;
}

/** A published Track as all participants see it. `layers` is the number of spatial layers. */
export interface Track {
  readonly track_id: string;
  readonly participant_id: string;
  readonly source: Source;
  readonly kind: Kind;
  readonly muted: boolean;
  readonly layers: number;
  readonly content_hint: ContentHint;
}

/** A person in the Room, as all see it. */
export interface Participant {
  readonly participant_id: string;
  readonly display_name: string;
  readonly role: Role;
  readonly presence: Presence;
}

/** One m-line of the subscribe offer. `pinned` and `loudest` are audio and filled by the server; `main` and `tile` are video and filled by the client's `layout`. `main` shares its stream id with the pinned instructor's audio. */
export interface Slot {
  readonly slot: number;
  readonly mid: string;
  readonly kind: Kind;
  readonly mode: SlotMode;
}

/** What the client wants in a video Slot and how large it is shown, in device pixels. `track_id` null empties it. */
export interface SlotWish {
  readonly slot: number;
  readonly track_id: Id | null;
  readonly width?: number;
  readonly height?: number;
}

/** From the frame with this RTP timestamp on, the Slot shows this Track (null: nothing). `generation` only grows. */
export interface SlotMapping {
  readonly slot: number;
  readonly generation: number;
  readonly track_id: string | null;
  readonly participant_id: string | null;
  readonly rtp_timestamp: number;
}

/** A participant who speaks now; level in dBov, 0 loudest, 127 silence (RFC 6464). */
export interface SpeakerLevel {
  readonly participant_id: string;
  readonly track_id: string;
  readonly level_dbov: number;
}

/** The class as the person sees it. */
export interface SessionDescription {
  readonly session_id: string;
  readonly title: string;
  readonly starts_utc: string;
  readonly ends_utc: string;
}

/** All of the Room that a client needs; replaces what it knew. */
export interface RoomSnapshot {
  readonly participants: readonly Participant[];
  readonly tracks: readonly Track[];
  readonly mappings: readonly SlotMapping[];
}

/** What one Slot was like at the receiver over the last interval, from getStats. */
export interface ReceiveReport {
  readonly slot: number;
  readonly track_id?: Id | null;
  readonly kind?: Kind;
  readonly concealed_ms?: number;
  readonly concealment_events?: number;
  readonly freezes?: number;
  readonly freeze_ms?: number;
  readonly frames_decoded?: number;
  readonly frame_height?: number;
  readonly packets_lost?: number;
  readonly jitter_ms?: number;
}

/** First message on a Connection: a join ticket, or `resume`. `takeover`: move here from another device. */
export interface Hello {
  readonly type: "hello";
  readonly id: MessageId;
  readonly version: number;
  readonly client?: ClientDescription;
  readonly ticket?: Token | null;
  readonly resume?: Resume | null;
  readonly takeover?: boolean;
}

/** The browser's answer to `subscribe_offer` of this generation. */
export interface SubscribeAnswer {
  readonly type: "subscribe_answer";
  readonly id: MessageId;
  readonly generation: number;
  readonly sdp: Sdp;
}

/** The browser's offer for its publish transport: all m-lines; `tracks` names the live ones, others are unpublished. */
export interface Publish {
  readonly type: "publish";
  readonly id: MessageId;
  readonly sdp: Sdp;
  readonly tracks: readonly TrackOffer[];
}

/** One's own Track is muted or not; the server drops what arrives meanwhile. */
export interface Mute {
  readonly type: "mute";
  readonly id: MessageId;
  readonly track_id: Id;
  readonly muted: boolean;
}

/** What the client wants to see, all video Slots at once; a Slot that is not named shows nothing. */
export interface Layout {
  readonly type: "layout";
  readonly id: MessageId;
  readonly slots: readonly SlotWish[];
}

/** The path of the subscribe transport changed: ask for an offer with fresh credentials. (For the publish transport, send `publish` with an offer made with iceRestart.) */
export interface RestartIce {
  readonly type: "restart_ice";
  readonly id: MessageId;
}

/** The client's peer connections failed for good: close both and start again on the same page. */
export interface ReplaceTransports {
  readonly type: "replace_transports";
  readonly id: MessageId;
}

/** Every 10 s: what this person heard and saw. Only the client can know. */
export interface ReceiveStats {
  readonly type: "receive_stats";
  readonly id: MessageId;
  readonly rtt_ms?: number | null;
  readonly reports?: readonly ReceiveReport[];
}

/** Is the server there? Answered by `ack`. Clients send one every 2 s; 3 s without an answer means lost. */
export interface Ping {
  readonly type: "ping";
  readonly id: MessageId;
  readonly seq?: Seq;
}

/** The person presses leave: gone everywhere at once. */
export interface Leave {
  readonly type: "leave";
  readonly id: MessageId;
}

/** Answer to `hello`. `resumed`: the missed messages follow and `room` is null; else `room` is the whole state. */
export interface Welcome {
  readonly type: "welcome";
  readonly re: number;
  readonly version: number;
  readonly seq: number;
  readonly participant_id: string;
  readonly role: Role;
  readonly display_name: string;
  readonly session: SessionDescription;
  readonly resume_token: string;
  readonly resumed: boolean;
  readonly actions: readonly string[];
  readonly ping_s: number;
  readonly room: RoomSnapshot | null;
}

/** The message with this id was carried out. */
export interface Ack {
  readonly type: "ack";
  readonly re: number;
}

/** The message with this id was refused (`re` 0: the Connection itself). `code` is for programs, `text` for people. */
export interface Error {
  readonly type: "error";
  readonly re: number;
  readonly code: string;
  readonly text: string;
}

/** Answer to `publish`: the SDP answer and the Track ids. */
export interface Published {
  readonly type: "published";
  readonly re: number;
  readonly sdp: string;
  readonly tracks: readonly TrackAnswer[];
}

/** The server's offer for the subscribe transport. `fresh`: a new transport, drop the old peer connection. */
export interface SubscribeOffer {
  readonly type: "subscribe_offer";
  readonly seq: number;
  readonly generation: number;
  readonly sdp: string;
  readonly slots: readonly Slot[];
  readonly fresh: boolean;
}

/** The media process changed: the publish transport is gone, publish again; a fresh `subscribe_offer` follows. */
export interface MediaReset {
  readonly type: "media_reset";
  readonly seq: number;
  readonly reason: string;
}

export interface ParticipantJoined {
  readonly type: "participant_joined";
  readonly seq: number;
  readonly participant: Participant;
}

/** Presence, name or role changed. */
export interface ParticipantChanged {
  readonly type: "participant_changed";
  readonly seq: number;
  readonly participant: Participant;
}

/** Gone for good; its Tracks are gone with it. */
export interface ParticipantLeft {
  readonly type: "participant_left";
  readonly seq: number;
  readonly participant_id: string;
  readonly reason: string;
}

export interface TrackPublished {
  readonly type: "track_published";
  readonly seq: number;
  readonly track: Track;
}

/** Muted, or its layers changed. */
export interface TrackChanged {
  readonly type: "track_changed";
  readonly seq: number;
  readonly track: Track;
}

export interface TrackClosed {
  readonly type: "track_closed";
  readonly seq: number;
  readonly track_id: string;
}

/** A Slot's content changed. Until the frame with `rtp_timestamp` the tile is blanked. */
export interface SlotMapped {
  readonly type: "slot_mapped";
  readonly seq: number;
  readonly mapping: SlotMapping;
}

/** Who speaks now, loudest first. Latest wins: carries no `seq` and is not resent. */
export interface SpeakersChanged {
  readonly type: "speakers";
  readonly speakers: readonly SpeakerLevel[];
}

/** Network quality of participants, 0 lost, 1 bad, 2 fair, 3 good. Latest wins: carries no `seq`. */
export interface Quality {
  readonly type: "quality";
  readonly levels: Readonly<Record<string, number>>;
}

/** How the server sees one of this client's own transports. Latest wins: carries no `seq`. */
export interface TransportChanged {
  readonly type: "transport";
  readonly direction: Direction;
  readonly state: string;
}

/** The server closes the Connection and it must not come back by itself: left, moved, removed, ended, replaced. */
export interface Bye {
  readonly type: "bye";
  readonly code: string;
  readonly text: string;
}

export type ClientMessage =
  | Hello
  | SubscribeAnswer
  | Publish
  | Mute
  | Layout
  | RestartIce
  | ReplaceTransports
  | ReceiveStats
  | Ping
  | Leave;

export type ServerMessage =
  | Welcome
  | Ack
  | Error
  | Published
  | SubscribeOffer
  | MediaReset
  | ParticipantJoined
  | ParticipantChanged
  | ParticipantLeft
  | TrackPublished
  | TrackChanged
  | TrackClosed
  | SlotMapped
  | SpeakersChanged
  | Quality
  | TransportChanged
  | Bye;

/** Why one message, or the whole Connection (`re` 0), was refused. */
export const ERROR_CODES = [
  "bad_message",
  "too_large",
  "too_fast",
  "busy",
  "hello_first",
  "hello_late",
  "hello_twice",
  "version_unsupported",
  "ticket_invalid",
  "ticket_expired",
  "ticket_used",
  "ticket_foreign",
  "link_revoked",
  "seat_unknown",
  "seat_in_use",
  "session_not_open",
  "session_ended",
  "room_full",
  "server_full",
  "resume_unknown",
  "not_allowed",
  "track_unknown",
  "slot_unknown",
  "bad_sdp",
  "no_common_codec",
  "stale_generation",
  "media_unavailable",
  "stopping",
  "internal",
] as const;
export type ErrorCode = (typeof ERROR_CODES)[number];
export const ERROR_CODE_TEXTS: Readonly<Record<ErrorCode, string>> = {
  bad_message: "The message is not one of the protocol.",
  too_large: "The message is larger than the server takes.",
  too_fast: "Too many messages in a short time.",
  busy: "The room has more to do than it can take right now. Try again in a moment.",
  hello_first: "The first message must be hello.",
  hello_late: "No hello came in time.",
  hello_twice: "This connection has already joined.",
  version_unsupported: "This page is out of date. Reload it.",
  ticket_invalid: "This join ticket is not valid. Open your link again.",
  ticket_expired: "This join ticket has expired. Open your link again.",
  ticket_used: "This join ticket was already used. Open your link again.",
  ticket_foreign: "This join ticket is for another class.",
  link_revoked: "This link is no longer valid. Ask for a new one.",
  seat_unknown: "There is no place for you in this class. Ask for a new link.",
  seat_in_use: "You are already in this class on another device.",
  session_not_open: "This class is not open yet.",
  session_ended: "This class is over.",
  room_full: "This class is full.",
  server_full: "The server has no room for another class right now.",
  resume_unknown: "Your place was not kept. Join again.",
  not_allowed: "Your role does not allow this.",
  track_unknown: "There is no such track of yours.",
  slot_unknown: "There is no such video slot.",
  bad_sdp: "The session description cannot be used.",
  no_common_codec: "Your browser offers no sound or picture format that this class can carry.",
  stale_generation: "This answers an offer that was replaced by a newer one.",
  media_unavailable: "Sound and picture are not available right now. They come back by themselves.",
  stopping: "The server is restarting. You will be reconnected.",
  internal: "Something went wrong on the server.",
};

/** Why the server closes a Connection for good. */
export const BYE_CODES = [
  "left",
  "moved",
  "removed",
  "ended",
  "replaced",
] as const;
export type ByeCode = (typeof BYE_CODES)[number];
export const BYE_CODE_TEXTS: Readonly<Record<ByeCode, string>> = {
  left: "You left the class.",
  moved: "You joined on another device.",
  removed: "You were removed from the class.",
  ended: "The class is over.",
  replaced: "This page was connected a second time; the newer connection goes on.",
};

/** Why a Participant is gone, in `participant_left`. */
export const LEFT_REASONS = [
  "left",
  "timeout",
  "removed",
  "ended",
] as const;
export type LeftReason = (typeof LEFT_REASONS)[number];

/** Why all media of a client starts again, in `media_reset`. */
export const RESET_REASONS = [
  "media_replaced",
  "client_asked",
  "room_faulted",
  "moved",
] as const;
export type ResetReason = (typeof RESET_REASONS)[number];

/** WebSocket close codes (RFC 6455 section 7.4): after 1xxx a client may come back, after 4xxx not by itself. */
export const CLOSE_CODES = {
  NORMAL: 1000,
  GOING_AWAY: 1001,
  PROTOCOL_ERROR: 1002,
  TOO_LARGE: 1009,
  SERVICE_RESTART: 1012,
  TRY_AGAIN_LATER: 1013,
  BYE: 4000,
  REFUSED: 4001,
  TOO_FAST: 4002,
} as const;
