/**
 * The frames of PROTOCOL.md as tables: the byte and the fields of each, as they are drawn there. Shares no code with
 * src/wire.
 */

/** In the document's JSON. */
export type Fields = Record<string, unknown>;
/** One field: its name and its type; for a list, and for entries to the end of the frame, the layout of an entry. */
export type Field = [name: string, type: string] | [name: string, type: "list" | "entries", entry: Field[]];

/** The limits by the numbers under which WELCOME states them, from 1. */
export const LIMITS = [
  "maxTextBytes",
  "maxRoomsPerConnection",
  "messagesPerSecond",
  "messageBurst",
  "maxPageRecords",
  "pageRecords",
  "maxListedPeople",
  "graceMs",
  "idleTimeoutSeconds",
];

/** What a frame about one message begins with. */
const ABOUT: Field[] = [
  ["request", "varint"],
  ["room", "varint"],
  ["seq", "varint"],
];

const SIGNS: Field = [
  "signs",
  "list",
  [
    ["sign", "str8"],
    ["count", "varint"],
    ["own", "flag"],
    [
      "people",
      "list",
      [
        ["author", "varint"],
        ["name", "str8"],
      ],
    ],
  ],
];

export const LAYOUTS: Record<string, { byte: number; fields: Field[] }> = {
  "client HELLO": {
    byte: 0x01,
    fields: [
      ["version", "varint"],
      ["capabilities", "varint"],
      ["language", "0..1"],
      ["token", "token"],
      ["name", "str8"],
    ],
  },
  "client ENTER": {
    byte: 0x02,
    fields: [
      ["request", "varint"],
      ["", "enter flags"],
      ["room", "str8"],
      ["history", "varint"],
      ["position", "position"],
      ["password", "password"],
    ],
  },
  "client LEAVE": { byte: 0x03, fields: [["room", "varint"]] },
  "client SEND": {
    byte: 0x04,
    fields: [
      ["room", "varint"],
      ["nonce", "varint1"],
      ["text", "text"],
    ],
  },
  "client HISTORY": {
    byte: 0x05,
    fields: [
      ["request", "varint"],
      ["room", "varint"],
      ["", "direction"],
      ["seq", "varint"],
      ["limit", "varint"],
    ],
  },
  "client RENAME": {
    byte: 0x06,
    fields: [
      ["request", "varint"],
      ["name", "str8"],
    ],
  },
  "client WATCH_ROOMS": { byte: 0x07, fields: [["on", "flag"]] },
  "client TYPING": {
    byte: 0x08,
    fields: [
      ["room", "varint"],
      ["on", "flag"],
    ],
  },
  "client PING": { byte: 0x09, fields: [["token", "varint"]] },
  "client ACT": {
    byte: 0x0b,
    fields: [
      ["room", "varint"],
      ["nonce", "varint1"],
      ["act", "0..255"],
      ["body", "hex"],
    ],
  },
  "client WHO": { byte: 0x0d, fields: ABOUT },
  "client EDITS": { byte: 0x0e, fields: ABOUT },
  "client MAKE_ROOM": {
    byte: 0x0c,
    fields: [
      ["request", "varint"],
      ["", "make flags"],
      ["room", "str8"],
      ["password", "password"],
    ],
  },
  "client SET_PASSWORD": {
    byte: 0x10,
    fields: [
      ["request", "varint"],
      ["room", "str8"],
      ["password", "text"],
    ],
  },
  "client REPORT": {
    byte: 0x0f,
    fields: [
      ["request", "varint"],
      ["room", "varint"],
      ["seq", "varint"],
      ["reason", "text"],
    ],
  },
  "client MOVE_OUT": {
    byte: 0x11,
    fields: [
      ["request", "varint"],
      ["words", "0..2"],
      ["baggage", "hex"],
    ],
  },
  "client MOVE_IN": {
    byte: 0x12,
    fields: [
      ["request", "varint"],
      ["attempt", "token"],
      ["phrase", "str8"],
    ],
  },
  "client RENEW": { byte: 0x13, fields: [["request", "varint"]] },
  "client OPERATE_AS": {
    byte: 0x14,
    fields: [
      ["request", "varint"],
      ["body", "hex"],
    ],
  },
  "client OPERATE": {
    byte: 0x15,
    fields: [
      ["request", "varint"],
      ["body", "hex"],
    ],
  },
  "client WORK": { byte: 0x0a, fields: [["answer", "varint"]] },
  "server WELCOME": {
    byte: 0x81,
    fields: [
      ["version", "varint"],
      ["capabilities", "varint"],
      ["author", "varint"],
      ["token", "token"],
      ["name", "str8"],
      ["epoch", "u64"],
      ["time", "u48"],
      ["limits", "limits"],
    ],
  },
  "server ENTERED": {
    byte: 0x82,
    fields: [
      ["request", "varint"],
      ["room", "varint"],
      ["name", "str8"],
      ["ownName", "str8"],
      ["epoch", "u64"],
      ["resume", "0..3"],
      ["first", "varint"],
      ["head", "varint"],
      ["start", "varint"],
      ["nonce", "varint"],
    ],
  },
  "server LIVE": {
    byte: 0x83,
    fields: [
      ["room", "varint"],
      ["head", "varint"],
    ],
  },
  "server PAGE": {
    byte: 0x84,
    fields: [
      ["request", "varint"],
      ["room", "varint"],
      ["first", "varint"],
      ["more", "flag"],
      ["blocks", "blocks"],
    ],
  },
  "server ACK": {
    byte: 0x85,
    fields: [
      ["room", "varint"],
      ["nonce", "varint"],
      ["seq", "varint"],
    ],
  },
  "server REFUSED": {
    byte: 0x86,
    fields: [
      ["refused", "0..255"],
      ["request", "varint"],
      ["room", "varint"],
      ["code", "varint"],
      ["retryAfterMs", "varint"],
      ["suggestion", "str8"],
    ],
  },
  "server PRESENCE": {
    byte: 0x87,
    fields: [
      ["room", "varint"],
      ["count", "varint"],
      [
        "events",
        "list",
        [
          ["change", "1..3"],
          ["author", "varint"],
          ["name", "str8"],
        ],
      ],
    ],
  },
  "server PEOPLE": {
    byte: 0x88,
    fields: [
      ["room", "varint"],
      ["count", "varint"],
      ["listed", "flag"],
      [
        "people",
        "list",
        [
          ["author", "varint"],
          ["name", "str8"],
        ],
      ],
    ],
  },
  "server ROOMS": {
    byte: 0x89,
    fields: [
      ["roomCount", "varint"],
      ["peopleCount", "varint"],
      [
        "rooms",
        "list",
        [
          ["name", "str8"],
          ["people", "varint"],
        ],
      ],
    ],
  },
  "server PONG": {
    byte: 0x8a,
    fields: [
      ["token", "varint"],
      ["time", "u48"],
    ],
  },
  "server GOODBYE": {
    byte: 0x8b,
    fields: [
      ["code", "varint"],
      ["retryAfterMs", "varint"],
    ],
  },
  "server RENAMED": {
    byte: 0x8c,
    fields: [
      ["request", "varint"],
      ["name", "str8"],
    ],
  },
  "server TYPING": {
    byte: 0x8d,
    fields: [
      ["room", "varint"],
      ["authors", "list", [["", "varint"]]],
    ],
  },
  "server CHALLENGE": {
    byte: 0x8e,
    fields: [
      ["bits", "varint"],
      ["challenge", "token"],
    ],
  },
  "server BECAME": {
    byte: 0x90,
    fields: [
      ["request", "varint"],
      ["room", "varint"],
      ["from", "varint"],
      ["to", "varint"],
      ["asOf", "varint"],
      ["messages", "entries", [["to", "varint"], ["edit", "state"], SIGNS]],
    ],
  },
  "server REACTED": { byte: 0x91, fields: [...ABOUT, SIGNS] },
  "server EDITED": {
    byte: 0x92,
    fields: [
      ...ABOUT,
      ["more", "varint"],
      ["missing", "varint"],
      [
        "versions",
        "entries",
        [
          ["number", "varint"],
          ["time", "u48"],
          ["text", "counted text"],
        ],
      ],
    ],
  },
  "server MADE": {
    byte: 0x8f,
    fields: [
      ["request", "varint"],
      ["room", "str8"],
    ],
  },
  "server STANDING": {
    byte: 0x93,
    fields: [
      ["room", "varint"],
      ["asOf", "varint"],
      ["parts", "hex"],
    ],
  },
  "server PUT_OUT": {
    byte: 0x94,
    fields: [
      ["room", "varint"],
      ["what", "1..3"],
      ["until", "varint"],
      ["by", "str8"],
      ["reason", "str8"],
    ],
  },
  "server REPORTED": {
    byte: 0x95,
    fields: [
      ["request", "varint"],
      ["room", "varint"],
      ["seq", "varint"],
    ],
  },
  "server MOVING": {
    byte: 0x97,
    fields: [
      ["request", "varint"],
      ["expiresAt", "u48"],
      ["phrase", "str8"],
    ],
  },
  "server MOVED": {
    byte: 0x98,
    fields: [
      ["request", "varint"],
      ["author", "varint"],
      ["token", "token"],
      ["name", "str8"],
      ["baggage", "hex"],
    ],
  },
  "server PASSWORD_SET": {
    byte: 0x96,
    fields: [
      ["request", "varint"],
      ["on", "flag"],
    ],
  },
  "server OPERATING": {
    byte: 0x99,
    fields: [
      ["request", "varint"],
      ["told", "hex"],
    ],
  },
  "server ANNOUNCED": {
    byte: 0x9a,
    fields: [
      ["at", "u48"],
      ["until", "u48"],
      ["text", "text"],
    ],
  },
};
