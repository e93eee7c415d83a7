// Made from signaling/messages.py and signaling/codes.py by `python -m signaling.export`. Do not edit.

export const ELEMENTS_PER_UPDATE_MAX = 200;
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
export type Seconds = number;
export type Sentence = string;
export type Text = string;
export type People = readonly Id[];
export const CLASS_PHASES = ["scheduled", "open", "live", "interrupted", "ended", "closed_out", "cancelled", "not_held"] as const;
export type ClassPhase = (typeof CLASS_PHASES)[number];
export const WAIT_REASONS = ["no_instructor", "locked", "unknown", "unsupervised", "removed"] as const;
export type WaitReason = (typeof WAIT_REASONS)[number];
export const HELP_KINDS = ["technical", "safeguarding"] as const;
export type HelpKind = (typeof HELP_KINDS)[number];
export const REACTIONS = ["thumbs_up", "clap", "heart", "laugh", "surprised", "celebrate", "yes", "no", "slower", "faster"] as const;
export type Reaction = (typeof REACTIONS)[number];
export const PERMISSIONS = ["publish_mic", "publish_camera", "publish_screen", "chat", "react", "raise_hand", "draw"] as const;
export type Permission = (typeof PERMISSIONS)[number];
export const CHECK_KINDS = ["poll", "single", "multiple", "true_false", "number", "short_text", "exercise"] as const;
export type CheckKind = (typeof CHECK_KINDS)[number];
export const PULSE_VALUES = ["understood", "lost"] as const;
export type PulseValue = (typeof PULSE_VALUES)[number];
export type OptionText = string;
export type OptionIds = readonly Id[];
export const BOARD_KINDS = ["blank", "material"] as const;
export type BoardKind = (typeof BOARD_KINDS)[number];
export type Elements = readonly Readonly<Record<string, unknown>>[];
export type Coordinate = number;
export const BREAKOUT_MODES = ["assigned", "choice"] as const;
export type BreakoutMode = (typeof BREAKOUT_MODES)[number];
export type GroupName = string;
export const RECORDING_STATES = ["off", "on", "paused"] as const;
export type RecordingState = (typeof RECORDING_STATES)[number];

/** What everyone may know of the class. `recorded` and `supervisor_present` are never hidden from anybody. */
export interface ClassStatus {
  readonly phase: ClassPhase;
  readonly locked: boolean;
  readonly live_since_utc: string | null;
  readonly interrupted_since_utc: string | null;
  readonly ends_utc: string;
  readonly ends_at_latest_utc: string;
  readonly supervisor_present: boolean;
  readonly recorded: boolean;
}

/** Someone in the waiting room, as staff see them. */
export interface WaitingPerson {
  readonly participant_id: string;
  readonly display_name: string;
  readonly role: Role;
  readonly reason: WaitReason;
  readonly since_utc: string;
}

/** A call for technical help, as staff see it. Safeguarding reports never come this way. */
export interface HelpRequest {
  readonly participant_id: string;
  readonly text: string;
  readonly at_utc: string;
}

/** Staff let people in who wait. */
export interface AdmitPeople {
  readonly type: "admit";
  readonly id: MessageId;
  readonly participant_ids: People;
}

/** Staff send people away who wait; they may not ask again in this class. */
export interface TurnAway {
  readonly type: "turn_away";
  readonly id: MessageId;
  readonly participant_ids: People;
}

/** While locked, newcomers wait. Nobody who was in is ever locked out. */
export interface Lock {
  readonly type: "lock";
  readonly id: MessageId;
  readonly locked: boolean;
}

/** Technical: staff in the class are told. Safeguarding: only the safeguarding people of the organisation are. */
export interface AskHelp {
  readonly type: "ask_help";
  readonly id: MessageId;
  readonly key: Id;
  readonly kind: HelpKind;
  readonly text: Text;
  readonly about_participant_id?: Id | null;
}

/** An instructor ends the class for everybody. */
export interface EndClass {
  readonly type: "end_class";
  readonly id: MessageId;
}

/** You wait, and why. `admitted` or `bye` ends it. */
export interface Waiting {
  readonly type: "waiting";
  readonly seq: number;
  readonly reason: WaitReason;
}

/** Everyone who waits, in the order in which they came. To staff only. */
export interface WaitingList {
  readonly type: "waiting_list";
  readonly seq: number;
  readonly people: readonly WaitingPerson[];
}

/** The class as a whole changed. */
export interface ClassStateChanged {
  readonly type: "class_state";
  readonly seq: number;
  readonly status: ClassStatus;
}

/** Someone has trouble that staff can solve. To staff only. */
export interface HelpAsked {
  readonly type: "help_asked";
  readonly seq: number;
  readonly request: HelpRequest;
}

/** A hand that is up, and since when. */
export interface RaisedHand {
  readonly participant_id: string;
  readonly since_utc: string;
}

/** One chat message as this viewer may see it. `to` is `room`, `staff` or a participant; `group_id` is the breakout group whose room it was said in. `held`: waits for staff to release it. A deleted one has no text. */
export interface ChatMessage {
  readonly chat_id: string;
  readonly key: string;
  readonly from_id: string;
  readonly from_name: string;
  readonly from_role: Role;
  readonly to: string;
  readonly group_id: string | null;
  readonly text: string;
  readonly at_utc: string;
  readonly edited: boolean;
  readonly deleted: boolean;
  readonly held: boolean;
}

/** What is allowed in the chat. `slow_s`: students wait this long between two messages. */
export interface ChatRules {
  readonly enabled: boolean;
  readonly slow_s: number;
  readonly links: boolean;
  readonly private_to_staff: boolean;
  readonly private_between_students: boolean;
  readonly moderated: boolean;
}

/** One's own hand goes up or down. */
export interface Hand {
  readonly type: "hand";
  readonly id: MessageId;
  readonly raised: boolean;
}

/** Staff lower somebody's hand; null: all hands. */
export interface LowerHand {
  readonly type: "lower_hand";
  readonly id: MessageId;
  readonly participant_id?: Id | null;
}

/** A reaction that is shown for a moment. */
export interface React {
  readonly type: "react";
  readonly id: MessageId;
  readonly reaction: Reaction;
}

/** Say something. `key` is the client's own id of this text: a repeat is answered, not said twice. */
export interface Chat {
  readonly type: "chat";
  readonly id: MessageId;
  readonly key: Id;
  readonly to: Id;
  readonly text: Text;
}

/** Change one's own message. */
export interface ChatEdit {
  readonly type: "chat_edit";
  readonly id: MessageId;
  readonly chat_id: Id;
  readonly text: Text;
}

/** Take back one's own message; staff any. */
export interface ChatDelete {
  readonly type: "chat_delete";
  readonly id: MessageId;
  readonly chat_id: Id;
}

/** Staff show a message that was held. */
export interface ChatRelease {
  readonly type: "chat_release";
  readonly id: MessageId;
  readonly chat_id: Id;
}

/** Staff set what is allowed in the chat, all of it at once. */
export interface SetChatRules {
  readonly type: "chat_rules";
  readonly id: MessageId;
  readonly rules: ChatRules;
}

/** All raised hands, first raised first. */
export interface HandsChanged {
  readonly type: "hands";
  readonly seq: number;
  readonly order: readonly RaisedHand[];
}

/** Somebody reacted. Latest of each person wins: carries no `seq`. */
export interface Reacted {
  readonly type: "reaction";
  readonly participant_id: string;
  readonly reaction: Reaction;
}

/** A new message that you may see. */
export interface ChatPosted {
  readonly type: "chat_posted";
  readonly seq: number;
  readonly message: ChatMessage;
}

/** Edited, deleted or released. */
export interface ChatChanged {
  readonly type: "chat_changed";
  readonly seq: number;
  readonly message: ChatMessage;
}

/** What is allowed in the chat changed. */
export interface ChatRulesChanged {
  readonly type: "chat_rules_changed";
  readonly seq: number;
  readonly rules: ChatRules;
}

/** One deviation from what the role allows. */
export interface PermissionChange {
  readonly action: Permission;
  readonly allowed: boolean;
}

/** How one person deviates from the rest. */
export interface PersonPermissions {
  readonly participant_id: string;
  readonly changes: readonly PermissionChange[];
}

/** All deviations: of students as such, and of single people, who count more. Staff see it. */
export interface Permissions {
  readonly students: readonly PermissionChange[];
  readonly people: readonly PersonPermissions[];
}

/** Somebody who was removed or turned away; `participant_id` is who they were. */
export interface RemovedPerson {
  readonly participant_id: string;
  readonly display_name: string;
  readonly may_ask: boolean;
}

/** Show this person large to everyone; null: nobody. */
export interface Spotlight {
  readonly type: "spotlight";
  readonly id: MessageId;
  readonly participant_id: Id | null;
}

/** Mute a person's Track of this source; null: those of all students. Whoever may publish may unmute again. */
export interface MutePerson {
  readonly type: "mute_person";
  readonly id: MessageId;
  readonly participant_id: Id | null;
  readonly source?: Source;
}

/** Ask someone to unmute. Nobody is ever unmuted by somebody else. */
export interface AskUnmute {
  readonly type: "ask_unmute";
  readonly id: MessageId;
  readonly participant_id: Id;
  readonly source?: Source;
}

/** End somebody's camera or share: the Track closes. */
export interface StopTrack {
  readonly type: "stop_track";
  readonly id: MessageId;
  readonly track_id: Id;
}

/** Send someone out. `readmit`: they may ask to come in again, in the waiting room. */
export interface RemovePerson {
  readonly type: "remove_person";
  readonly id: MessageId;
  readonly participant_id: Id;
  readonly readmit: boolean;
}

/** Somebody who was removed or turned away may come in again with their link. */
export interface Readmit {
  readonly type: "readmit";
  readonly id: MessageId;
  readonly participant_id: Id;
}

/** Allow or forbid students (null) or one person an action. */
export interface Permit {
  readonly type: "permit";
  readonly id: MessageId;
  readonly participant_id: Id | null;
  readonly action: Permission;
  readonly allowed: boolean;
}

/** Make somebody a co-instructor, an assistant, a student. The last instructor stays one. */
export interface SetRole {
  readonly type: "set_role";
  readonly id: MessageId;
  readonly participant_id: Id;
  readonly role: Role;
}

/** Who is shown large to everyone now. */
export interface Spotlighted {
  readonly type: "spotlighted";
  readonly seq: number;
  readonly participant_id: string | null;
}

/** Somebody asks you to unmute. Ask your person; never do it by yourself. */
export interface UnmuteAsked {
  readonly type: "unmute_asked";
  readonly seq: number;
  readonly by_participant_id: string;
  readonly source: Source;
}

/** What you may do changed, because of your role or a permission. */
export interface ActionsChanged {
  readonly type: "actions";
  readonly seq: number;
  readonly role: Role;
  readonly actions: readonly string[];
}

/** Who may do more or less than their role. To staff only. */
export interface PermissionsChanged {
  readonly type: "permissions";
  readonly seq: number;
  readonly permissions: Permissions;
}

/** Everyone who was removed or turned away. To staff only. */
export interface RemovedList {
  readonly type: "removed_list";
  readonly seq: number;
  readonly people: readonly RemovedPerson[];
}

/** One thing to choose. The options of `true_false` have the ids `true` and `false`. */
export interface CheckOption {
  readonly option_id: Id;
  readonly text: OptionText;
}

/** What is right: options, a number within a tolerance, or one of some short texts. A poll has none. */
export interface RightAnswer {
  readonly option_ids: OptionIds;
  readonly number: number | null;
  readonly tolerance: number;
  readonly texts: readonly OptionText[];
}

/** A question as staff write it. */
export interface CheckSpec {
  readonly kind: CheckKind;
  readonly prompt: Text;
  readonly options?: readonly CheckOption[];
  readonly right?: RightAnswer | null;
  readonly material_id?: Id | null;
}

/** What somebody answers: options, a number, a text, a material, as the kind asks for. */
export interface Answer {
  readonly option_ids: OptionIds;
  readonly number: number | null;
  readonly text: string;
  readonly material_id: Id | null;
}

/** A check as this viewer may see it: `right` only for staff until it is shared. `round` grows when it is opened again. */
export interface Check {
  readonly check_id: string;
  readonly key: string;
  readonly kind: CheckKind;
  readonly prompt: string;
  readonly options: readonly CheckOption[];
  readonly material_id: string | null;
  readonly anonymous: boolean;
  readonly open: boolean;
  readonly shared: boolean;
  readonly round: number;
  readonly opened_utc: string;
  readonly closes_utc: string | null;
  readonly right: RightAnswer | null;
  readonly group_id: string | null;
}

/** An answer that counts. `participant_id` is null for staff if the check is anonymous; `correct` is null for what has no right answer, and for students until it is shared. */
export interface GivenAnswer {
  readonly check_id: string;
  readonly key: string;
  readonly participant_id: string | null;
  readonly answer: Answer;
  readonly correct: boolean | null;
  readonly at_utc: string;
}

export interface OptionCount {
  readonly option_id: string;
  readonly count: number;
}

/** The result of a check. `asked` is how many could have answered; `texts` are answers without names. */
export interface CheckTally {
  readonly check_id: string;
  readonly asked: number;
  readonly answered: number;
  readonly correct: number | null;
  readonly counts: readonly OptionCount[];
  readonly numbers: readonly number[];
  readonly texts: readonly string[];
}

/** All checks of the Session as this viewer may see them: students their own answers, staff all. */
export interface ChecksSnapshot {
  readonly checks: readonly Check[];
  readonly answers: readonly GivenAnswer[];
  readonly tallies: readonly CheckTally[];
}

/** How many feel how, of how many students. `lost_ids` is for staff: who needs help. */
export interface PulseTally {
  readonly understood: number;
  readonly lost: number;
  readonly of: number;
  readonly lost_ids: readonly string[];
}

/** One's own pulse; for staff the counts. */
export interface PulseSnapshot {
  readonly own: PulseValue | null;
  readonly tally: PulseTally | null;
}

/** Staff ask something: a new question or a saved one. */
export interface CheckOpen {
  readonly type: "check_open";
  readonly id: MessageId;
  readonly key: Id;
  readonly spec?: CheckSpec | null;
  readonly saved_id?: Id | null;
  readonly seconds?: Seconds | null;
  readonly anonymous?: boolean;
}

/** Answer a check. Another answer with another key replaces the first while the check is open. */
export interface CheckAnswer {
  readonly type: "check_answer";
  readonly id: MessageId;
  readonly check_id: Id;
  readonly key: Id;
  readonly answer: Answer;
}

/** No more answers. */
export interface CheckClose {
  readonly type: "check_close";
  readonly id: MessageId;
  readonly check_id: Id;
}

/** Answers are taken again. */
export interface CheckReopen {
  readonly type: "check_reopen";
  readonly id: MessageId;
  readonly check_id: Id;
  readonly seconds?: Seconds | null;
}

/** Show everyone the result and what was right, or no longer. */
export interface CheckShare {
  readonly type: "check_share";
  readonly id: MessageId;
  readonly check_id: Id;
  readonly shared: boolean;
}

/** How one feels about the lesson right now; null: no word. */
export interface SetPulse {
  readonly type: "pulse";
  readonly id: MessageId;
  readonly value: PulseValue | null;
}

/** Something is asked. */
export interface CheckOpened {
  readonly type: "check_opened";
  readonly seq: number;
  readonly check: Check;
}

/** Closed, opened again, shared or not. */
export interface CheckChanged {
  readonly type: "check_changed";
  readonly seq: number;
  readonly check: Check;
}

/** An answer counts. To staff, and to whoever answered. */
export interface CheckAnswered {
  readonly type: "check_answered";
  readonly seq: number;
  readonly answer: GivenAnswer;
}

/** How a check stands. Latest of each check wins: carries no `seq`. To staff live, to all once it is shared. */
export interface CheckResults {
  readonly type: "check_results";
  readonly tally: CheckTally;
}

/** How the class feels. Latest wins: carries no `seq`. To staff only. */
export interface PulseCounts {
  readonly type: "pulse_counts";
  readonly tally: PulseTally;
}

/** One page. `number` counts from 1: the page of the material that lies under it. `owner_id`: a student's own copy for a task. */
export interface BoardPage {
  readonly page_id: string;
  readonly number: number;
  readonly task_id: string | null;
  readonly owner_id: string | null;
}

/** A board and its pages, the copies for tasks only as this viewer may see them. */
export interface Board {
  readonly board_id: string;
  readonly key: string;
  readonly kind: BoardKind;
  readonly material_id: string | null;
  readonly group_id: string | null;
  readonly pages: readonly BoardPage[];
  readonly shown_page_id: string;
}

/** Everyone works on a copy of a page. `copies` are those pages that this viewer may see. */
export interface BoardTask {
  readonly task_id: string;
  readonly key: string;
  readonly page_id: string;
  readonly prompt: string;
  readonly open: boolean;
  readonly started_utc: string;
  readonly ends_utc: string | null;
  readonly copies: readonly BoardPage[];
}

/** All elements of a page, in their order. */
export interface PageElements {
  readonly page_id: string;
  readonly elements: readonly Readonly<Record<string, unknown>>[];
}

export interface BoardPointerAt {
  readonly participant_id: string;
  readonly x: number;
  readonly y: number;
}

/** Boards and tasks, and the elements of the pages that are shown now. Others come with `board_read`. */
export interface BoardsSnapshot {
  readonly boards: readonly Board[];
  readonly shown_board_id: string | null;
  readonly tasks: readonly BoardTask[];
  readonly elements: readonly PageElements[];
}

/** Staff put a board in the middle: a blank one or a material to draw on. A board_id shows an earlier one again. */
export interface BoardOpen {
  readonly type: "board_open";
  readonly id: MessageId;
  readonly key: Id;
  readonly kind?: BoardKind;
  readonly material_id?: Id | null;
  readonly pages?: number;
  readonly board_id?: Id | null;
}

/** Take the board away from the middle; it is kept. */
export interface BoardClose {
  readonly type: "board_close";
  readonly id: MessageId;
  readonly board_id: Id;
}

/** One more page. */
export interface BoardPageAdd {
  readonly type: "board_page_add";
  readonly id: MessageId;
  readonly key: Id;
  readonly board_id: Id;
}

/** Everyone turns to this page. */
export interface BoardPageShow {
  readonly type: "board_page_show";
  readonly id: MessageId;
  readonly page_id: Id;
}

/** Ask for all elements of a page; `board_elements` with `whole` follows. */
export interface BoardRead {
  readonly type: "board_read";
  readonly id: MessageId;
  readonly page_id: Id;
}

/** Elements that were drawn, moved or deleted. */
export interface BoardUpdate {
  readonly type: "board_update";
  readonly id: MessageId;
  readonly page_id: Id;
  readonly key: Id;
  readonly elements: Elements;
}

/** Where one points; null: nowhere. */
export interface BoardPointer {
  readonly type: "board_pointer";
  readonly id: MessageId;
  readonly page_id: Id;
  readonly x: Coordinate | null;
  readonly y: Coordinate | null;
}

/** Each student gets their own copy of a page. */
export interface BoardTaskStart {
  readonly type: "board_task_start";
  readonly id: MessageId;
  readonly key: Id;
  readonly page_id: Id;
  readonly prompt: Text;
  readonly seconds?: Seconds | null;
}

/** The copies may not be drawn on any more. */
export interface BoardTaskEnd {
  readonly type: "board_task_end";
  readonly id: MessageId;
  readonly task_id: Id;
}

/** This board is in the middle now; null: none. */
export interface BoardOpened {
  readonly type: "board_opened";
  readonly seq: number;
  readonly board: Board | null;
}

/** The pages of a board, or which one is shown, changed. */
export interface BoardPageChanged {
  readonly type: "board_page";
  readonly seq: number;
  readonly board: Board;
}

/** Elements of a page that won: to be merged by the same rule, or all there are (`whole`). */
export interface BoardElements {
  readonly type: "board_elements";
  readonly seq: number;
  readonly page_id: string;
  readonly by_participant_id: string | null;
  readonly elements: readonly Readonly<Record<string, unknown>>[];
  readonly whole: boolean;
}

/** Who points where on a page. Latest wins: carries no `seq`. */
export interface BoardPointers {
  readonly type: "board_pointers";
  readonly page_id: string;
  readonly pointers: readonly BoardPointerAt[];
}

/** All tasks as this viewer may see them. */
export interface BoardTasksChanged {
  readonly type: "board_tasks";
  readonly seq: number;
  readonly tasks: readonly BoardTask[];
}

/** A group as staff plan it. */
export interface GroupPlan {
  readonly name: GroupName;
  readonly participant_ids?: readonly Id[];
}

/** A group, who belongs to it, who of the staff is there, and whether it called for help. */
export interface BreakoutGroup {
  readonly group_id: string;
  readonly name: string;
  readonly participant_ids: readonly string[];
  readonly visitor_ids: readonly string[];
  readonly called: boolean;
}

/** All of it as this viewer may see it. `own_group_id` is where the viewer is now; null: the main room. */
export interface BreakoutsSnapshot {
  readonly open: boolean;
  readonly mode: BreakoutMode;
  readonly prompt: string;
  readonly started_utc: string | null;
  readonly ends_utc: string | null;
  readonly own_group_id: string | null;
  readonly groups: readonly BreakoutGroup[];
}

/** Staff send the class into groups. Whoever is in no group stays in the main room, or chooses. */
export interface BreakoutOpen {
  readonly type: "breakout_open";
  readonly id: MessageId;
  readonly key: Id;
  readonly groups: readonly GroupPlan[];
  readonly mode?: BreakoutMode;
  readonly seconds?: Seconds | null;
  readonly prompt?: string;
}

/** Staff move somebody; null: to the main room. */
export interface BreakoutMove {
  readonly type: "breakout_move";
  readonly id: MessageId;
  readonly participant_id: Id;
  readonly group_id: Id | null;
}

/** A student chooses a group, where that is allowed. */
export interface BreakoutChoose {
  readonly type: "breakout_choose";
  readonly id: MessageId;
  readonly group_id: Id;
}

/** Staff hop into a group; null: back to the main room. */
export interface BreakoutVisit {
  readonly type: "breakout_visit";
  readonly id: MessageId;
  readonly group_id: Id | null;
}

/** Staff tell all groups something. */
export interface BreakoutSay {
  readonly type: "breakout_say";
  readonly id: MessageId;
  readonly text: Sentence;
}

/** A group calls for staff; they take the call by coming in. */
export interface BreakoutHelp {
  readonly type: "breakout_help";
  readonly id: MessageId;
}

/** Everyone comes back. */
export interface BreakoutEnd {
  readonly type: "breakout_end";
  readonly id: MessageId;
}

/** The groups as this viewer may see them now. */
export interface BreakoutsChanged {
  readonly type: "breakouts";
  readonly seq: number;
  readonly breakouts: BreakoutsSnapshot;
}

/** Staff say something to all groups. */
export interface BreakoutSaid {
  readonly type: "breakout_said";
  readonly seq: number;
  readonly by_participant_id: string;
  readonly text: string;
}

/** A group calls for help. To staff only. */
export interface BreakoutCalled {
  readonly type: "breakout_called";
  readonly seq: number;
  readonly group_id: string;
  readonly participant_id: string;
}

/** Every topic of the class. `waiting`: why you wait yourself; null: you are in. `waiting_list`, `permissions`, `removed` and `help_requests` are for staff and empty for everybody else. */
export interface ClassSnapshot {
  readonly status: ClassStatus;
  readonly waiting: WaitReason | null;
  readonly waiting_list: readonly WaitingPerson[];
  readonly hands: readonly RaisedHand[];
  readonly chat: readonly ChatMessage[];
  readonly chat_rules: ChatRules;
  readonly spotlight: string | null;
  readonly permissions: Permissions;
  readonly removed: readonly RemovedPerson[];
  readonly help_requests: readonly HelpRequest[];
  readonly checks: ChecksSnapshot;
  readonly pulse: PulseSnapshot;
  readonly boards: BoardsSnapshot;
  readonly breakouts: BreakoutsSnapshot;
}

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

/** All of the Room that a client needs; replaces what it knew. Whoever waits sees only themselves. */
export interface RoomSnapshot {
  readonly participants: readonly Participant[];
  readonly tracks: readonly Track[];
  readonly mappings: readonly SlotMapping[];
  readonly class_: ClassSnapshot;
  readonly recording: RecordingState;
  readonly paused_slots: readonly number[];
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

/** Pause the recording, or go on with it: everyone sees which. It starts and ends by itself. */
export interface SetRecording {
  readonly type: "set_recording";
  readonly id: MessageId;
  readonly paused: boolean;
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

/** The waiting is over: the whole Room, which replaces what the client knew, and what one may do in it. A `subscribe_offer` follows. */
export interface Admitted {
  readonly type: "admitted";
  readonly seq: number;
  readonly actions: readonly string[];
  readonly room: RoomSnapshot;
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

/** Gone for good. `by_staff`: they stopped it; else its owner did, or its transport ended. */
export interface TrackClosed {
  readonly type: "track_closed";
  readonly seq: number;
  readonly track_id: string;
  readonly by_staff: boolean;
}

/** The class is recorded, or not, or paused: clients show it to everyone all the time. */
export interface RecordingChanged {
  readonly type: "recording";
  readonly seq: number;
  readonly state: RecordingState;
}

/** A Slot's content changed. Until the frame with `rtp_timestamp` the tile is blanked. */
export interface SlotMapped {
  readonly type: "slot_mapped";
  readonly seq: number;
  readonly mapping: SlotMapping;
}

/** The picture of this Track stands still in the Slot, since the way to this client carries no more; or goes on. */
export interface SlotPaused {
  readonly type: "slot_paused";
  readonly seq: number;
  readonly slot: number;
  readonly track_id: string;
  readonly paused: boolean;
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

export type LessonClientMessage =
  | AdmitPeople
  | TurnAway
  | Lock
  | AskHelp
  | EndClass;

export type LessonServerMessage =
  | Waiting
  | WaitingList
  | ClassStateChanged
  | HelpAsked;

export type TalkClientMessage =
  | Hand
  | LowerHand
  | React
  | Chat
  | ChatEdit
  | ChatDelete
  | ChatRelease
  | SetChatRules;

export type TalkServerMessage =
  | HandsChanged
  | Reacted
  | ChatPosted
  | ChatChanged
  | ChatRulesChanged;

export type ModerationClientMessage =
  | Spotlight
  | MutePerson
  | AskUnmute
  | StopTrack
  | RemovePerson
  | Readmit
  | Permit
  | SetRole;

export type ModerationServerMessage =
  | Spotlighted
  | UnmuteAsked
  | ActionsChanged
  | PermissionsChanged
  | RemovedList;

export type ChecksClientMessage =
  | CheckOpen
  | CheckAnswer
  | CheckClose
  | CheckReopen
  | CheckShare
  | SetPulse;

export type ChecksServerMessage =
  | CheckOpened
  | CheckChanged
  | CheckAnswered
  | CheckResults
  | PulseCounts;

export type BoardsClientMessage =
  | BoardOpen
  | BoardClose
  | BoardPageAdd
  | BoardPageShow
  | BoardRead
  | BoardUpdate
  | BoardPointer
  | BoardTaskStart
  | BoardTaskEnd;

export type BoardsServerMessage =
  | BoardOpened
  | BoardPageChanged
  | BoardElements
  | BoardPointers
  | BoardTasksChanged;

export type BreakoutsClientMessage =
  | BreakoutOpen
  | BreakoutMove
  | BreakoutChoose
  | BreakoutVisit
  | BreakoutSay
  | BreakoutHelp
  | BreakoutEnd;

export type BreakoutsServerMessage =
  | BreakoutsChanged
  | BreakoutSaid
  | BreakoutCalled;

export type ClientMessage =
  | Hello
  | SubscribeAnswer
  | Publish
  | Mute
  | Layout
  | SetRecording
  | RestartIce
  | ReplaceTransports
  | ReceiveStats
  | Ping
  | Leave
  | AdmitPeople
  | TurnAway
  | Lock
  | AskHelp
  | EndClass
  | Hand
  | LowerHand
  | React
  | Chat
  | ChatEdit
  | ChatDelete
  | ChatRelease
  | SetChatRules
  | Spotlight
  | MutePerson
  | AskUnmute
  | StopTrack
  | RemovePerson
  | Readmit
  | Permit
  | SetRole
  | CheckOpen
  | CheckAnswer
  | CheckClose
  | CheckReopen
  | CheckShare
  | SetPulse
  | BoardOpen
  | BoardClose
  | BoardPageAdd
  | BoardPageShow
  | BoardRead
  | BoardUpdate
  | BoardPointer
  | BoardTaskStart
  | BoardTaskEnd
  | BreakoutOpen
  | BreakoutMove
  | BreakoutChoose
  | BreakoutVisit
  | BreakoutSay
  | BreakoutHelp
  | BreakoutEnd;

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
  | RecordingChanged
  | SlotMapped
  | SlotPaused
  | SpeakersChanged
  | Quality
  | TransportChanged
  | Bye
  | Admitted
  | Waiting
  | WaitingList
  | ClassStateChanged
  | HelpAsked
  | HandsChanged
  | Reacted
  | ChatPosted
  | ChatChanged
  | ChatRulesChanged
  | Spotlighted
  | UnmuteAsked
  | ActionsChanged
  | PermissionsChanged
  | RemovedList
  | CheckOpened
  | CheckChanged
  | CheckAnswered
  | CheckResults
  | PulseCounts
  | BoardOpened
  | BoardPageChanged
  | BoardElements
  | BoardPointers
  | BoardTasksChanged
  | BreakoutsChanged
  | BreakoutSaid
  | BreakoutCalled;

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
  "removed",
  "room_full",
  "server_full",
  "resume_unknown",
  "not_allowed",
  "track_unknown",
  "slot_unknown",
  "not_recorded",
  "bad_sdp",
  "no_common_codec",
  "stale_generation",
  "waiting",
  "person_unknown",
  "last_instructor",
  "too_many",
  "chat_off",
  "chat_slow",
  "chat_links",
  "chat_private",
  "chat_unknown",
  "check_unknown",
  "check_closed",
  "bad_check",
  "bad_answer",
  "material_unknown",
  "board_unknown",
  "board_closed",
  "bad_element",
  "group_unknown",
  "breakout_closed",
  "breakout_open",
  "bad_groups",
  "not_stored",
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
  removed: "You were asked to leave this class.",
  room_full: "This class is full.",
  server_full: "The server has no room for another class right now.",
  resume_unknown: "Your place was not kept. Join again.",
  not_allowed: "Your role does not allow this.",
  track_unknown: "There is no such track of yours.",
  slot_unknown: "There is no such video slot.",
  not_recorded: "This class is not recorded.",
  bad_sdp: "The session description cannot be used.",
  no_common_codec: "Your browser offers no sound or picture format that this class can carry.",
  stale_generation: "This answers an offer that was replaced by a newer one.",
  waiting: "You are still in the waiting room.",
  person_unknown: "This person is not here.",
  last_instructor: "A class keeps at least one instructor.",
  too_many: "The class has as many of these as it can hold.",
  chat_off: "The chat is switched off right now.",
  chat_slow: "The chat is slowed down. Wait a moment before your next message.",
  chat_links: "Links are not allowed in this chat.",
  chat_private: "You cannot write to this person alone.",
  chat_unknown: "There is no such message.",
  check_unknown: "There is no such question.",
  check_closed: "This question takes no more answers.",
  bad_check: "This question cannot be asked like this.",
  bad_answer: "This answer does not fit the question.",
  material_unknown: "There is no such material.",
  board_unknown: "There is no such board or page.",
  board_closed: "Nobody can draw on this page any more.",
  bad_element: "This drawing cannot be taken.",
  group_unknown: "There is no such group.",
  breakout_closed: "The class is not in groups right now.",
  breakout_open: "The class is in groups already.",
  bad_groups: "The groups cannot be made like this.",
  not_stored: "This could not be saved yet. Your page keeps it and sends it again.",
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
  "turned_away",
] as const;
export type ByeCode = (typeof BYE_CODES)[number];
export const BYE_CODE_TEXTS: Readonly<Record<ByeCode, string>> = {
  left: "You left the class.",
  moved: "You joined on another device.",
  removed: "You were removed from the class.",
  ended: "The class is over.",
  replaced: "This page was connected a second time; the newer connection goes on.",
  turned_away: "You were not let into this class.",
};

/** Why a Participant is gone, in `participant_left`. */
export const LEFT_REASONS = [
  "left",
  "timeout",
  "removed",
  "ended",
  "unsupervised",
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
