"""
A client that was written from PROTOCOL.md alone, with nothing but Python's standard library: the proof that the document
is enough. `vectors FILE` decodes the examples of the document; `talk JSON` enters a room, sends what it is told to,
comes back after every end of the connection, and prints a line of JSON for whatever happens.
Invariant: what it prints as records has every number from its first to its position once, in order.
"""
import hashlib
import json
import os
import random
import re
import struct
import sys
import time

from python_wire import CLIENT, SERVER, WebSocket, decode, decode_block, encode

ENTER, SEND, HISTORY, ACT = 0x02, 0x04, 0x05, 0x0B
STALE_NONCE, NOT_IN_ROOM, OUT_OF_ORDER, DAMAGED, NONCE_TOO_HIGH = 7, 6, 13, 14, 16
SAME_AGAIN = {4, 5, 13, 17, 20}  # tooFast, roomBusy, outOfOrder, slowMode, dayFull
NEWEST_CODE = 28
FRESH, CONTINUED, GAP, RESET = 0, 1, 2, 3
MOST_UNANSWERED = 64


class Client:
    """One person in one room. `state` is a file: identity, position and unsettled messages outlive the process."""

    def __init__(self, task):
        self.task, self.file = task, task["state"]
        self.state = {"token": "", "author": 0, "epoch": "", "seq": 0, "oldest": 1, "nonce": 0, "unsettled": []}
        if os.path.exists(self.file):
            with open(self.file, encoding="utf-8") as file:
                self.state = json.load(file)
        self.texts, self.stored, self.repeated, self.repeating = [{"text": text} for text in task["send"]], [], 0, 0
        self.acts = list(task.get("acts", []))
        self.cut_after, self.failures, self.pause, self.request = task.get("cutAfter", 0), 0, 0.0, 0

    def save(self):
        with open(self.file + ".new", "w", encoding="utf-8") as file:
            json.dump(self.state, file)
        os.replace(self.file + ".new", self.file)

    def say(self, event, **more):
        print(json.dumps({"event": event, **more}, ensure_ascii=False), flush=True)

    def run(self):
        while True:
            self.told, code, began = 0, 1006, time.monotonic()
            try:
                self.converse()
                return
            except OSError as error:
                code = getattr(error, "code", 1006)
                self.say("closed", code=code, told=self.told)
            if 4500 <= code <= 4999:
                sys.exit(f"the server wants no more of this: {code}")
            if time.monotonic() > began + 5:
                self.failures = 0
            time.sleep(self.told / 1000 or random.random() * min(30, 0.5 * 2**self.failures))
            self.failures += 1

    def converse(self):
        """One connection, until all is said and read."""
        self.room, self.live, self.filling, self.older, self.asked = 0, False, False, False, (0, 0)
        self.unanswered, self.window, self.going_back = set(), MOST_UNANSWERED, False
        self.socket = WebSocket(self.task["port"])
        name, token = self.task["name"], self.state["token"]
        self.send("HELLO", version=1, capabilities=1, language=0, token=token, name=name)
        while not self.done():
            if 0 < self.cut_after <= len(self.stored):
                self.cut_after = 0
                self.socket.cut()
            self.pump()
            data = self.socket.receive(0.05)
            if data is None:
                continue
            if data[:1] == b"\x42":
                self.take(decode_block(data))
                continue
            frame = decode(SERVER, data)
            handler = frame and getattr(self, "on_" + frame["frame"].lower(), None)
            if handler:
                handler(frame)
        self.say("done", seq=self.state["seq"])
        self.socket.send(struct.pack(">H", 1000), opcode=8)

    def send(self, frame, /, **values):
        self.socket.send(encode(frame, **values))

    def done(self):
        if not self.live or self.older or self.unanswered:
            return False
        all_said = not self.texts and not self.acts and not self.state["unsettled"] and self.repeated >= self.task.get("repeat", 0)
        return all_said and self.state["seq"] >= self.task["until"]

    # Who one is, and the way in.

    def on_challenge(self, frame):
        answer, challenge = 0, bytes.fromhex(frame["challenge"])
        while int.from_bytes(hashlib.sha256(challenge + struct.pack(">Q", answer)).digest(), "big") >> (256 - frame["bits"]):
            answer += 1
        self.say("worked", bits=frame["bits"])
        self.send("WORK", answer=answer)

    def on_welcome(self, frame):
        if frame["author"] != self.state["author"]:
            for message in self.state["unsettled"]:
                message["nonce"] = 0
            self.state.update(author=frame["author"], nonce=0)
        self.state["token"], self.limits = frame["token"], frame["limits"]
        self.save()
        self.say("welcome", author=frame["author"], name=frame["name"])
        self.enter()

    def on_goodbye(self, frame):
        self.told = frame["retryAfterMs"]

    def enter(self, history=None):
        self.request += 1
        self.entering, epoch = self.request, self.state["epoch"]
        position = {"epoch": epoch, "seq": self.state["seq"]} if epoch else None
        wanted = self.task["history"] if history is None else history
        room = self.task["room"]
        self.send("ENTER", request=self.request, anyName=True, room=room, history=wanted, position=position)

    def on_entered(self, frame):
        state, resume, start = self.state, frame["resume"], frame["start"]
        self.say("entered", resume=resume, start=start, nonce=frame["nonce"], name=frame["name"])
        if resume == GAP and start > state["seq"]:
            self.say("gap", **{"from": state["seq"] + 1, "to": start})
        if resume in (FRESH, RESET) or start > state["seq"]:
            state.update(epoch=frame["epoch"], seq=start, oldest=start + 1)
        if resume == RESET:
            state["nonce"] = max([message["nonce"] for message in state["unsettled"]], default=0)
        state["nonce"] = max(state["nonce"], frame["nonce"])
        self.room, self.first, self.unanswered = frame["room"], frame["first"], set()

    def on_live(self, frame):
        self.live = True
        if frame["head"] > self.state["seq"]:
            self.fill()
        elif self.task.get("older") and self.state["oldest"] > self.first:
            self.older = True
            self.ask(0, self.state["oldest"])

    # Reading.

    def ask(self, direction, seq):
        self.request += 1
        self.asked = (self.request, direction)
        limit = min(self.task.get("page", 500), self.limits["maxPageRecords"])
        self.send("HISTORY", request=self.request, room=self.room, direction=direction, seq=seq, limit=limit)

    def fill(self):
        if not self.filling:
            self.filling = True
            self.ask(1, self.state["seq"])

    def on_page(self, frame):
        if frame["request"] != self.asked[0]:
            return
        state, self.first = self.state, frame["first"]
        blocks = [decode_block(data) for data in frame["blocks"]]
        if self.asked[1] == 0:
            for block in reversed(blocks):
                for record in reversed(block["records"]):
                    if record["seq"] < state["oldest"]:
                        self.say("older", **record)
                state["oldest"] = min(state["oldest"], block["seq"])
            self.older = frame["more"]
            if self.older:
                self.ask(0, state["oldest"])
            return
        self.filling = False
        if self.first > state["seq"] + 1:
            self.say("gap", **{"from": state["seq"] + 1, "to": self.first - 1})
            state.update(seq=self.first - 1, oldest=self.first)
        for block in blocks:
            self.take(block)
        if frame["more"]:
            self.fill()

    def take(self, block):
        position, end = self.state["seq"], block["seq"] + block["count"] - 1
        if block["room"] != self.room or end <= position:
            return
        if block["seq"] > position + 1:
            self.fill()
            return
        for hole in block.get("lost", []):
            self.say("lost", **{"from": max(hole["from"], position + 1), "to": hole["to"]})
        self.state["seq"] = end
        for record in sorted(block["records"] + block.get("acts", []), key=lambda record: record["seq"]):
            if record["seq"] > position:
                self.say("act" if record in block.get("acts", []) else "record", **record)
                if record["author"] == self.state["author"]:
                    self.state["nonce"] = max(self.state["nonce"], record["nonce"])
                    self.settle(record["nonce"], record["seq"], "block")
        self.save()

    # Sending.

    def pump(self):
        """Numbers messages, writes them down, and sends them in order; never one that is under way already."""
        if not self.room or time.monotonic() < self.pause or (self.going_back and self.unanswered):
            return
        self.going_back = False
        unsettled = self.state["unsettled"]
        if not self.texts and not unsettled and self.acts:
            # One by one: it may refer to what was said before it.
            self.texts.append(self.acts.pop(0))
        while self.texts and len(unsettled) < MOST_UNANSWERED:
            unsettled.append({"nonce": 0, **self.texts.pop(0)})
        for message in unsettled:
            if message["nonce"] == 0:
                self.state["nonce"] += 1
                message["nonce"] = self.state["nonce"]
        unsettled.sort(key=lambda message: message["nonce"])
        waiting = [m for m in unsettled[:self.window] if m["nonce"] not in self.unanswered]
        if not unsettled and not self.unanswered and self.repeated < self.task.get("repeat", 0):
            waiting = [self.stored[self.repeated]]
            self.repeating = waiting[0]["nonce"]
        if waiting:
            self.save()
        for message in waiting:
            self.unanswered.add(message["nonce"])
            self.send("ACT" if "act" in message else "SEND", room=self.room, **message)

    def settle(self, nonce, seq, by):
        self.unanswered.discard(nonce)
        message = self.find(nonce)
        if message:
            self.state["unsettled"].remove(message)
            self.stored.append(message)
            self.window = min(MOST_UNANSWERED, self.window * 2)
            self.save()
            self.say("stored", nonce=nonce, seq=seq, by=by)

    def find(self, nonce):
        return next((message for message in self.state["unsettled"] if message["nonce"] == nonce), None)

    def on_ack(self, frame):
        if frame["nonce"] == self.repeating:
            self.repeated, self.repeating = self.repeated + 1, 0
            self.say("repeated", nonce=frame["nonce"], seq=frame["seq"])
        self.settle(frame["nonce"], frame["seq"], "ack")

    def on_refused(self, frame):
        refused, request, code, wait = (frame[key] for key in ("refused", "request", "code", "retryAfterMs"))
        self.say("refused", refused=refused, request=request, code=code, wait=wait)
        if refused in (SEND, ACT):
            self.message_refused(request, code, wait)
        elif refused == ENTER and request in (0, self.entering):
            self.enter_refused(code, wait)
        elif refused == HISTORY and request == self.asked[0] and wait:
            time.sleep(wait / 1000)
            self.ask(self.asked[1], self.state["oldest"] if self.asked[1] == 0 else self.state["seq"])

    def message_refused(self, nonce, code, wait):
        self.unanswered.discard(nonce)
        message = self.find(nonce)
        if code in SAME_AGAIN or (code > NEWEST_CODE and wait):
            # From this one on all go again, once those under way are answered too.
            self.going_back, self.window = True, 1
            self.pause = max(self.pause, time.monotonic() + wait / 1000)
        elif code in (NOT_IN_ROOM, NONCE_TOO_HIGH):
            self.room = 0
            self.enter()
        elif code != STALE_NONCE and message:
            self.state["unsettled"].remove(message)
            self.say("given back", nonce=nonce, code=code, text=message.get("text"))
        if code in (STALE_NONCE, NONCE_TOO_HIGH) and message:
            message["nonce"] = 0
        self.save()

    def enter_refused(self, code, wait):
        if not wait and code != DAMAGED:
            sys.exit(f"the room cannot be entered: code {code}")
        time.sleep(wait / 1000)
        if code == DAMAGED:
            self.state["epoch"] = ""
        self.enter(0 if code == DAMAGED else None)


def vectors(path):
    """Decodes every example of the document and writes those of a client."""
    with open(path, encoding="utf-8") as file:
        text = file.read()
    found = re.findall(r"^```vector (\w+) (\S+).*\n([\s\S]*?)^```\n```json \2\n([\s\S]*?)^```$", text, re.M)
    example = {}
    for _, name, lines, _ in found:
        example[name] = bytes.fromhex(" ".join(line.split(";")[0] for line in lines.splitlines()))
    for direction, name, _, values in found:
        data, expected = example[name], json.loads(values)
        if "blocks" in expected:
            expected["blocks"] = [example[block] for block in expected["blocks"]]
        if direction == "block":
            ok = decode_block(data) == expected
        else:
            ok = decode(CLIENT if direction == "client" else SERVER, data) == expected
        if direction == "client":
            ok = ok and encode(expected.pop("frame"), **expected) == data
        print(json.dumps({"name": name, "ok": ok}))


if __name__ == "__main__":
    if sys.argv[1] == "vectors":
        vectors(sys.argv[2])
    else:
        Client(json.loads(sys.argv[2])).run()
