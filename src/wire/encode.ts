/**
 * Frames to bytes. Each case draws its layout; the first byte is always the kind. The caller owns what it gets.
 */
import { Writer } from "./bytes.ts";
import { type ClientFrame, ClientKind, type ServerFrame, ServerKind } from "./frames.ts";
import { LimitId, type StatedLimit } from "./limits.ts";

export function encodeClientFrame(frame: ClientFrame): Uint8Array<ArrayBuffer> {
  const w = new Writer(64).u8(frame.kind);
  switch (frame.kind) {
    case ClientKind.hello: // varint version, varint capabilities, u8 language, bytes8 token, str8 name
      w.varint(frame.version).varint(frame.capabilities).u8(frame.language);
      return w.bytes8(frame.token).str8(frame.name).take();
    case ClientKind.enter:
      // varint request, u8 flags, str8 room, varint history, [u64 epoch, varint seq], [password]
      w.varint(frame.request)
        .u8((frame.position ? 1 : 0) | (frame.anyName ? 2 : 0) | (frame.password ? 4 : 0))
        .str8(frame.room)
        .varint(frame.history);
      if (frame.position) w.hex64(frame.position.epoch).varint(frame.position.seq);
      return withPassword(w, frame.password);
    case ClientKind.leave: // varint room
      return w.varint(frame.room).take();
    case ClientKind.send: // varint room, varint nonce, text to the end
      return w.varint(frame.room).varint(frame.nonce).bytes(frame.text).take();
    case ClientKind.act: // varint room, varint nonce, u8 act, body to the end
      return w.varint(frame.room).varint(frame.nonce).u8(frame.act).bytes(frame.body).take();
    case ClientKind.history: // varint request, varint room, u8 direction and 2 if became, varint seq, varint limit
      w.varint(frame.request)
        .varint(frame.room)
        .u8(frame.direction | (frame.became ? 2 : 0));
      return w.varint(frame.seq).varint(frame.limit).take();
    case ClientKind.rename: // varint request, str8 name
      return w.varint(frame.request).str8(frame.name).take();
    case ClientKind.watchRooms: // u8 on
      return w.u8(frame.on ? 1 : 0).take();
    case ClientKind.typing: // varint room, u8 on
      return w
        .varint(frame.room)
        .u8(frame.on ? 1 : 0)
        .take();
    case ClientKind.ping: // varint token
      return w.varint(frame.token).take();
    case ClientKind.work: // varint answer
      return w.varint(frame.answer).take();
    case ClientKind.makeRoom: // varint request, u8 flags, str8 room, [password]
      w.varint(frame.request)
        .u8((frame.unlisted ? 1 : 0) | (frame.password ? 2 : 0))
        .str8(frame.room);
      return withPassword(w, frame.password);
    case ClientKind.who: // varint request, varint room, varint seq
    case ClientKind.edits: // the same
      return w.varint(frame.request).varint(frame.room).varint(frame.seq).take();
    case ClientKind.report: // varint request, varint room, varint seq, reason to the end
      return w.varint(frame.request).varint(frame.room).varint(frame.seq).bytes(frame.reason).take();
    case ClientKind.moveOut:
    case ClientKind.moveIn:
    case ClientKind.renew: // varint request, body to the end
      return w.varint(frame.request).bytes(frame.body).take();
    case ClientKind.setPassword: // varint request, str8 room, password to the end
      return w.varint(frame.request).str8(frame.room).bytes(frame.password).take();
    case ClientKind.operateAs: // varint request, key to the end
    case ClientKind.operate: // varint request, order to the end
      return w.varint(frame.request).bytes(frame.body).take();
  }
}

/** varint length, bytes; nothing where there is none. */
function withPassword(w: Writer, password: Uint8Array | undefined): Uint8Array<ArrayBuffer> {
  if (password) w.varint(password.length).bytes(password);
  return w.take();
}

export function encodeServerFrame(frame: ServerFrame): Uint8Array {
  const w = new Writer(64).u8(frame.kind);
  switch (frame.kind) {
    case ServerKind.welcome: {
      // varint version, varint capabilities, varint author, bytes8 token, str8 name, u64 epoch, u48 time,
      // varint count, count times: varint limit, varint value
      w.varint(frame.version).varint(frame.capabilities).varint(frame.author).bytes8(frame.token);
      w.str8(frame.name).hex64(frame.epoch).u48(frame.time);
      const stated = Object.keys(LimitId) as StatedLimit[];
      w.varint(stated.length);
      for (const limit of stated) w.varint(LimitId[limit]).varint(frame.limits[limit]);
      return w.take();
    }
    case ServerKind.entered:
      // varint request, varint room, str8 name, str8 ownName, u64 epoch, u8 resume, varint first, varint head,
      // varint start, varint nonce
      w.varint(frame.request).varint(frame.room).str8(frame.name).str8(frame.ownName).hex64(frame.epoch);
      w.u8(frame.resume).varint(frame.first).varint(frame.head);
      return w.varint(frame.start).varint(frame.nonce).take();
    case ServerKind.live: // varint room, varint head
      return w.varint(frame.room).varint(frame.head).take();
    case ServerKind.page: // varint request, varint room, varint first, u8 more, then: varint length, block
      w.varint(frame.request)
        .varint(frame.room)
        .varint(frame.first)
        .u8(frame.more ? 1 : 0);
      for (const block of frame.blocks) w.varint(block.length).bytes(block);
      return w.take();
    case ServerKind.became: // varint request, varint room, varint from, varint to, told to the end
      w.varint(frame.request).varint(frame.room).varint(frame.from).varint(frame.to);
      return w.bytes(frame.told).take();
    case ServerKind.reacted: // varint request, told to the end
    case ServerKind.edited: // the same
      return w.varint(frame.request).bytes(frame.told).take();
    case ServerKind.ack: // varint room, varint nonce, varint seq
      return w.varint(frame.room).varint(frame.nonce).varint(frame.seq).take();
    case ServerKind.refused: // u8 refused, varint request, varint room, varint code, varint ms, str8 suggestion
      w.u8(frame.refused).varint(frame.request).varint(frame.room).varint(frame.code);
      return w.varint(frame.retryAfterMs).str8(frame.suggestion).take();
    case ServerKind.presence: // varint room, varint count, varint n, n times: u8 change, varint author, str8 name
      w.varint(frame.room).varint(frame.count).varint(frame.events.length);
      for (const event of frame.events) w.u8(event.change).varint(event.author).str8(event.name);
      return w.take();
    case ServerKind.people: // varint room, varint count, u8 listed, varint n, n times: varint author, str8 name
      w.varint(frame.room)
        .varint(frame.count)
        .u8(frame.listed ? 1 : 0)
        .varint(frame.people.length);
      for (const person of frame.people) w.varint(person.author).str8(person.name);
      return w.take();
    case ServerKind.rooms: // varint rooms, varint people, varint n, n times: str8 name, varint people
      w.varint(frame.roomCount).varint(frame.peopleCount).varint(frame.rooms.length);
      for (const room of frame.rooms) w.str8(room.name).varint(room.people);
      return w.take();
    case ServerKind.pong: // varint token, u48 time
      return w.varint(frame.token).u48(frame.time).take();
    case ServerKind.goodbye: // varint code, varint ms
      return w.varint(frame.code).varint(frame.retryAfterMs).take();
    case ServerKind.renamed: // varint request, str8 name
      return w.varint(frame.request).str8(frame.name).take();
    case ServerKind.typing: // varint room, varint n, n times: varint author
      w.varint(frame.room).varint(frame.authors.length);
      for (const author of frame.authors) w.varint(author);
      return w.take();
    case ServerKind.challenge: // varint bits, bytes8 challenge
      return w.varint(frame.bits).bytes8(frame.challenge).take();
    case ServerKind.made: // varint request, str8 room
      return w.varint(frame.request).str8(frame.room).take();
    case ServerKind.standing: // varint room, varint asOf, parts to the end
      return w.varint(frame.room).varint(frame.asOf).bytes(frame.parts).take();
    case ServerKind.putOut: // varint room, u8 what, varint until, str8 by, str8 reason
      w.varint(frame.room).u8(frame.what).varint(frame.until);
      return w.str8(frame.by).str8(frame.reason).take();
    case ServerKind.reported: // varint request, varint room, varint seq
      return w.varint(frame.request).varint(frame.room).varint(frame.seq).take();
    case ServerKind.moving:
    case ServerKind.moved: // varint request, told to the end
      return w.varint(frame.request).bytes(frame.told).take();
    case ServerKind.passwordSet: // varint request, u8 on
      return w
        .varint(frame.request)
        .u8(frame.on ? 1 : 0)
        .take();
    case ServerKind.operating: // varint request, told to the end
      return w.varint(frame.request).bytes(frame.told).take();
    case ServerKind.announced: // u48 at, u48 until, text to the end
      return w.u48(frame.at).u48(frame.until).bytes(frame.text).take();
  }
}
