/** All attacks, in the order of the table. Invariant: an attack's place chooses its addresses, so a name stands once. */
import type { Attack } from "./attack.ts";
import { bigHeaders } from "./attacks/big-headers.ts";
import { fillMany, fillOne } from "./attacks/fill.ts";
import { flapping } from "./attacks/flapping.ts";
import { foundRooms } from "./attacks/found-rooms.ts";
import {
  emptyTexts,
  flapRooms,
  passwordGuesses,
  pingFlood,
  refusals,
  repeats,
  roomList,
  typingFlood,
} from "./attacks/frame-floods.ts";
import { guessToken } from "./attacks/guess-token.ts";
import { messagesFlood, metricsFlood, pageFlood, roomsFlood } from "./attacks/http-flood.ts";
import { httpOddities } from "./attacks/http-oddities.ts";
import { identities } from "./attacks/identities.ts";
import { malformedFrames, mutatedFrames } from "./attacks/malformed.ts";
import { neverRead } from "./attacks/never-read.ts";
import { noHello } from "./attacks/no-hello.ts";
import { oldNonces } from "./attacks/old-nonces.ts";
import { oldPositions } from "./attacks/old-positions.ts";
import { pipelineUnread } from "./attacks/pipeline-unread.ts";
import { reconnectBursts } from "./attacks/reconnect-bursts.ts";
import { rename } from "./attacks/rename.ts";
import { rfc6455 } from "./attacks/rfc6455.ts";
import { silentIdentities } from "./attacks/silent-identities.ts";
import { silentSockets } from "./attacks/silent-sockets.ts";
import { takenName } from "./attacks/taken-name.ts";
import { textFloodMany, textFloodOne } from "./attacks/text-flood.ts";
import { unreadPages } from "./attacks/unread-pages.ts";

export const ATTACKS: readonly Attack[] = [
  rfc6455,
  httpOddities,
  malformedFrames,
  mutatedFrames,
  fillOne,
  fillMany,
  silentSockets,
  noHello,
  identities,
  silentIdentities,
  foundRooms,
  roomList,
  takenName,
  rename,
  flapRooms,
  typingFlood,
  repeats,
  refusals,
  emptyTexts,
  passwordGuesses,
  pingFlood,
  oldNonces,
  oldPositions,
  unreadPages,
  neverRead,
  pipelineUnread,
  metricsFlood,
  roomsFlood,
  messagesFlood,
  pageFlood,
  guessToken,
  bigHeaders,
  reconnectBursts,
  textFloodOne,
  textFloodMany,
  flapping,
];

/** What a short run tries: one of each kind. */
export const SHORT = [
  "rfc6455",
  "http-oddities",
  "malformed",
  "silent-identities",
  "repeats",
  "text-flood-one",
];
