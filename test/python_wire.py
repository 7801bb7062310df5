"""
The bytes of PROTOCOL.md in Python 3, written from that document alone: frames and blocks as dicts with the names that
its examples use, and as much of RFC 6455 as a client needs. Invariant: bytes that the document does not allow are
Broken, and nothing else is raised for them.
"""
import base64
import hashlib
import os
import socket
import struct
import zlib

LARGEST = 2**53 - 1
BITS = {"u8": 1, "u32": 4, "u48": 6, "u64": 8}
LIMITS = {1: ("maxTextBytes", 4096), 2: ("maxRoomsPerConnection", 32), 3: ("messagesPerSecond", 10),
          4: ("messageBurst", 30), 5: ("maxPageRecords", 500), 6: ("pageRecords", 100),
          7: ("maxListedPeople", 200), 8: ("graceMs", 5000), 9: ("idleTimeoutSeconds", 60)}
CLIENT = {
    0x01: "HELLO version:varint capabilities:varint language:u8 token:bytes8 name:str8",
    0x02: "ENTER request:varint enter",
    0x03: "LEAVE room:varint",
    0x04: "SEND room:varint nonce:varint text:text",
    0x05: "HISTORY request:varint room:varint direction seq:varint limit:varint",
    0x06: "RENAME request:varint name:str8",
    0x07: "WATCH_ROOMS on:flag",
    0x08: "TYPING room:varint on:flag",
    0x09: "PING token:varint",
    0x0A: "WORK answer:varint",
    0x0B: "ACT room:varint nonce:varint act:u8 body:hex",
    0x0C: "MAKE_ROOM request:varint make",
    0x0D: "WHO request:varint room:varint seq:varint",
    0x0E: "EDITS request:varint room:varint seq:varint",
    0x0F: "REPORT request:varint room:varint seq:varint reason:text",
    0x10: "SET_PASSWORD request:varint room:str8 password:text",
    0x11: "MOVE_OUT request:varint words:u8 baggage:hex",
    0x12: "MOVE_IN request:varint attempt:bytes8 phrase:str8",
    0x13: "RENEW request:varint",
    0x14: "OPERATE_AS request:varint body:hex",
    0x15: "OPERATE request:varint body:hex",
}
KINDS = {
    1: "message text:text",
    3: "message to:varint text:text",
    4: "act to:varint text:text",
    5: "act to:varint",
    6: "act to:varint on:flag text:text",
    7: "message text:text",
    8: "act unlisted:flag",
    9: "act who:varint role:u8",
    10: "act text:text",
    11: "act to:varint on:flag",
    12: "act to:varint text:text",
    13: "act settings",
    15: "act who:varint since:varint text:text",
    14: "act who:varint what:u8 until:varint text:text",
    16: "act front:varint act:u8 by:varint at:u48 person:varint personName:str8 said:hex",
    17: "act front:varint by:varint person:varint personName:str8 excerpt:counted text:text",
    18: "act",
}
SETTINGS = {1: ("slowSeconds", "varint"), 2: ("speakers", "u8"), 3: ("locked", "flag"), 4: ("title", "text"),
            5: ("keepHours", "varint")}
SERVER = {
    0x81: "WELCOME version:varint capabilities:varint author:varint token:bytes8 name:str8 epoch:u64 time:u48 limits",
    0x82: "ENTERED request:varint room:varint name:str8 ownName:str8 epoch:u64 resume:u8 first:varint head:varint"
          " start:varint nonce:varint",
    0x83: "LIVE room:varint head:varint",
    0x84: "PAGE request:varint room:varint first:varint more:flag blocks",
    0x85: "ACK room:varint nonce:varint seq:varint",
    0x86: "REFUSED refused:u8 request:varint room:varint code:varint retryAfterMs:varint suggestion:str8",
    0x87: "PRESENCE room:varint count:varint events*change:u8,author:varint,name:str8",
    0x88: "PEOPLE room:varint count:varint listed:flag people*author:varint,name:str8",
    0x89: "ROOMS roomCount:varint peopleCount:varint rooms*name:str8,people:varint",
    0x8A: "PONG token:varint time:u48",
    0x8B: "GOODBYE code:varint retryAfterMs:varint",
    0x8C: "RENAMED request:varint name:str8",
    0x8D: "TYPING room:varint authors*:varint",
    0x8E: "CHALLENGE bits:varint challenge:bytes8",
    0x8F: "MADE request:varint room:str8",
    0x90: "BECAME request:varint room:varint from:varint to:varint asOf:varint messages",
    0x91: "REACTED request:varint room:varint seq:varint signs",
    0x92: "EDITED request:varint room:varint seq:varint more:varint missing:varint versions",
    0x93: "STANDING room:varint asOf:varint parts:hex",
    0x94: "PUT_OUT room:varint what:u8 until:varint by:str8 reason:str8",
    0x95: "REPORTED request:varint room:varint seq:varint",
    0x97: "MOVING request:varint expiresAt:u48 phrase:str8",
    0x98: "MOVED request:varint author:varint token:bytes8 name:str8 baggage:hex",
    0x96: "PASSWORD_SET request:varint on:flag",
    0x99: "OPERATING request:varint told:hex",
    0x9A: "ANNOUNCED at:u48 until:u48 text:text",
}


class Broken(Exception):
    """Bytes that are not as the document says."""


class Reader:
    def __init__(self, data):
        self.data, self.at = data, 0

    def left(self):
        return len(self.data) - self.at

    def take(self, count):
        if count > self.left():
            raise Broken("ends too early")
        self.at += count
        return self.data[self.at - count:self.at]

    def varint(self):
        value = 0
        for shift in range(0, 56, 7):
            byte = self.take(1)[0]
            value |= (byte & 0x7F) << shift
            if byte < 0x80:
                if (byte == 0 and shift > 0) or value > LARGEST:
                    raise Broken("not the shortest varint, or too large")
                return value
        raise Broken("a varint of more than 8 bytes")

    def read(self, kind):
        if kind == "varint":
            return self.varint()
        if kind == "u64":
            return self.take(8).hex()
        if kind in BITS:
            return int.from_bytes(self.take(BITS[kind]), "big")
        if kind == "flag":
            value = self.take(1)[0]
            if value > 1:
                raise Broken("a flag is 0 or 1")
            return value == 1
        if kind == "text":
            return utf8(self.take(self.left()))
        if kind == "hex":
            return self.take(self.left()).hex()
        if kind == "counted":
            return utf8(self.take(self.varint()))
        value = self.take(self.take(1)[0])
        return utf8(value) if kind == "str8" else value.hex()


def utf8(data):
    try:
        return data.decode("utf-8", "strict")
    except UnicodeDecodeError as error:
        raise Broken(str(error)) from error


def varint(value):
    out = bytearray()
    while value > 0x7F:
        out.append(value & 0x7F | 0x80)
        value >>= 7
    return bytes(out) + bytes([value])


def written(kind, value):
    if kind == "varint":
        return varint(value)
    if kind == "u64":
        return bytes.fromhex(value)
    if kind in BITS:
        return value.to_bytes(BITS[kind], "big")
    if kind == "flag":
        return b"\1" if value else b"\0"
    data = bytes.fromhex(value) if kind in ("bytes8", "hex") else value.encode("utf-8")
    return data if kind in ("text", "hex") else bytes([len(data)]) + data


def encode(frame, /, **values):
    """One frame of the client's."""
    kind, layout = next((kind, layout) for kind, layout in CLIENT.items() if layout.split()[0] == frame)
    out = bytes([kind])
    for field in layout.split()[1:]:
        if field == "direction":
            out += bytes([values["direction"] | (2 if values.get("became") else 0)])
            continue
        password = values.get("password")
        counted = b"" if password is None else varint(len(password.encode("utf-8"))) + password.encode("utf-8")
        if field == "make":
            out += bytes([(1 if values["unlisted"] else 0) | (0 if password is None else 2)])
            out += written("str8", values["room"]) + counted
            continue
        if field != "enter":
            key, type_ = field.split(":")
            out += written(type_, values[key])
            continue
        position = values["position"]
        out += bytes([(1 if position else 0) | (2 if values["anyName"] else 0) | (0 if password is None else 4)])
        out += written("str8", values["room"]) + varint(values["history"])
        if position:
            out += bytes.fromhex(position["epoch"]) + varint(position["seq"])
        out += counted
    return out


def decode(layouts, data):
    """A frame as a dict, or None when its kind is not known."""
    r = Reader(data)
    kind = r.read("u8")
    if kind not in layouts:
        return None
    name, *fields = layouts[kind].split()
    frame = {"frame": name}
    for field in fields:
        if "*" in field:
            key, columns = field.split("*")
            columns = [column.split(":") for column in columns.split(",")]
            frame[key] = [{column: r.read(type_) for column, type_ in columns} for _ in range(r.varint())]
            if columns[0][0] == "":
                frame[key] = [row[""] for row in frame[key]]
        elif field == "enter":
            flags = r.read("u8")
            frame.update(anyName=flags & 2 != 0, room=r.read("str8"), history=r.varint(), position=None)
            if flags & 1:
                frame["position"] = {"epoch": r.read("u64"), "seq": r.varint()}
            if flags & 4:
                frame["password"] = utf8(r.take(r.varint()))
        elif field == "make":
            flags = r.read("u8")
            frame.update(unlisted=flags & 1 != 0, room=r.read("str8"))
            if flags & 2:
                frame["password"] = utf8(r.take(r.varint()))
        elif field == "limits":
            frame[field] = dict(LIMITS.values())
            for _ in range(r.varint()):
                number, value = r.varint(), r.varint()
                if number in LIMITS:
                    frame[field][LIMITS[number][0]] = value
        elif field == "direction":
            direction = r.read("u8")
            if direction > 3:
                raise Broken("no direction")
            frame.update(direction=direction & 1, became=direction > 1)
        elif field == "messages":
            frame[field] = []
            while r.left() > 0:
                frame[field].append(message(r))
        elif field == "signs":
            frame[field] = signs(r)
        elif field == "versions":
            frame[field] = []
            while r.left() > 0:
                number, time = r.varint(), r.read("u48")
                frame[field].append({"number": number, "time": time, "text": utf8(r.take(r.varint()))})
        elif field == "blocks":
            frame[field] = []
            while r.left() > 0:
                frame[field].append(r.take(r.varint()))
        else:
            key, type_ = field.split(":")
            frame[key] = r.read(type_)
    if r.left() > 0:
        raise Broken("bytes are left over")
    return frame


def message(r):
    """What became of one message."""
    to, state, edit = r.varint(), r.read("u8"), None
    if state > 2:
        raise Broken("no state of a message")
    if state == 2:
        edit = {"number": r.varint(), "author": r.varint(), "time": r.read("u48"), "text": utf8(r.take(r.varint()))}
    return {"to": to, "removed": state == 1, "edit": edit, "signs": signs(r)}


def signs(r):
    """Signs on one message, and some of those who put them."""
    told = []
    for _ in range(r.varint()):
        sign = {"sign": r.read("str8"), "count": r.varint(), "own": r.read("flag")}
        sign["people"] = [{"author": r.varint(), "name": r.read("str8")} for _ in range(r.varint())]
        told.append(sign)
    return told


def settings(r):
    """What a record of settings says; what stands behind a field that is not known is passed over."""
    read, last = {}, 0
    while r.left() > 0:
        field = r.read("u8")
        value = Reader(bytes.fromhex(r.read("bytes8")))
        if field <= last:
            raise Broken("fields do not rise")
        last = field
        if field not in SETTINGS:
            r.take(r.left())
            break
        key, type_ = SETTINGS[field]
        read[key] = value.read(type_)
        if value.left() > 0:
            raise Broken("a value has bytes left over")
    return read


def decode_block(data):
    r = Reader(data)
    kind, version, crc = r.read("u8"), r.read("u8"), r.read("u32")
    if kind != 0x42 or version >> 4 != 1 or version & 8:
        raise Broken("not a block of this version")
    if zlib.crc32(data[:2] + data[6:]) != crc:
        raise Broken("the checksum does not fit")
    block = {"room": r.varint(), "seq": r.varint(), "time": r.read("u48"), "count": r.varint(), "records": []}
    names, lost, acts = {}, [], []
    for seq in range(block["seq"], block["seq"] + block["count"]):
        kind = r.read("u8")
        body = Reader(r.take(r.varint()))
        record = {"seq": seq, "author": body.varint(), "nonce": body.varint(), "time": block["time"] + body.varint()}
        own_name = body.read("str8") if kind < 0x80 and kind != 2 else ""
        if kind in KINDS:
            name = own_name or names.get(record["author"])
            if name is None:
                raise Broken("a record without a name")
            if kind == 1:
                names[record["author"]] = name
            else:
                record["kind"] = kind
            is_message, *fields = KINDS[kind].split()
            # A report of another room than the one behind which it stands names that first, behind a 0.
            if kind == 17 and body.data[body.at:body.at + 1] == b"\0":
                body.take(1)
                record["room"] = body.read("str8")
            if fields == ["settings"]:
                record.update(name=name, **settings(body))
            else:
                record.update(name=name, **{field.split(":")[0]: body.read(field.split(":")[1]) for field in fields})
            (block["records"] if is_message == "message" else acts).append(record)
            if body.left() > 0:
                raise Broken("a record has bytes left over")
        elif kind == 2:
            if lost and lost[-1]["to"] == seq - 1:
                lost[-1]["to"] = seq
            else:
                lost.append({"from": seq, "to": seq})
    if r.left() > 0:
        raise Broken("bytes are left over")
    return {**block, **({"acts": acts} if acts else {}), **({"lost": lost} if lost else {})}


class WebSocket:
    """As much of RFC 6455 as a client needs."""

    def __init__(self, port):
        self.socket = socket.create_connection(("127.0.0.1", port), timeout=10)
        self.buffer = b""
        key = base64.b64encode(os.urandom(16)).decode()
        self.socket.sendall((f"GET /ws HTTP/1.1\r\nHost: 127.0.0.1:{port}\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
                             f"Sec-WebSocket-Key: {key}\r\nSec-WebSocket-Version: 13\r\n"
                             "Sec-WebSocket-Protocol: madang.1\r\n\r\n").encode())
        while b"\r\n\r\n" not in self.buffer:
            self.fill()
        head, self.buffer = self.buffer.split(b"\r\n\r\n", 1)
        accept = base64.b64encode(hashlib.sha1((key + "258EAFA5-E914-47DA-95CA-C5AB0DC85B11").encode()).digest())
        if not head.startswith(b"HTTP/1.1 101") or accept not in head:
            raise ConnectionError("no upgrade: " + head.split(b"\r\n")[0].decode())

    def fill(self):
        data = self.socket.recv(65536)
        if not data:
            raise ConnectionError("the connection was cut")
        self.buffer += data

    def need(self, count):
        while len(self.buffer) < count:
            self.fill()
        data, self.buffer = self.buffer[:count], self.buffer[count:]
        return data

    def send(self, data, opcode=2):
        mask = os.urandom(4)
        size = bytes([0x80 | len(data)]) if len(data) < 126 else b"\xfe" + struct.pack(">H", len(data))
        masked = bytes(byte ^ mask[i % 4] for i, byte in enumerate(data))
        self.socket.sendall(bytes([0x80 | opcode]) + size + mask + masked)

    def receive(self, seconds):
        """One message; None when none began within that time. Answers pings; an end is a ConnectionError."""
        message = b""
        while True:
            if not self.buffer:
                self.socket.settimeout(max(seconds, 0.001))
                try:
                    self.fill()
                except TimeoutError:
                    return None
            self.socket.settimeout(10)
            first, second = self.need(2)
            length = second & 0x7F
            if length > 125:
                length = int.from_bytes(self.need(2 if length == 126 else 8), "big")
            data = self.need(length)
            opcode = first & 0x0F
            if opcode == 8:
                error = ConnectionError("closed")
                error.code = int.from_bytes(data[:2], "big")
                raise error
            if opcode == 9:
                self.send(data, 10)
            elif opcode < 3:
                message += data
                if first & 0x80:
                    return message

    def cut(self):
        """As a network would: without a word."""
        self.socket.close()
        raise ConnectionError("cut by hand")
