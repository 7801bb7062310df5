/**
 * The rules of a room that belongs to its first author, for the model server: sanctions without an end, removals and
 * edits, and what is told of them. As small as it can be, and apart from the server.
 */
import { type ToldMessage, writeTold, writeToldMessage } from "../src/wire/became.ts";
import { Refusal } from "../src/wire/codes.ts";
import { kinds } from "../src/wire/records/registry.ts";
import { Role } from "../src/wire/records/role.ts";
import { Sanction } from "../src/wire/records/sanction.ts";
import { DEFAULT_SETTINGS } from "../src/wire/records/settings.ts";
import { encodeStanding } from "../src/wire/standing.ts";

export const OWNER = 1;

/** A record of the model's log. */
export interface Line {
  author: number;
  nonce: number;
  text: string;
  kind: number;
  body: Uint8Array;
}

export const plainLine = (author: number, nonce: number, body: Uint8Array): Line => ({
  ...{ author, nonce, kind: kinds.text.kind, body: body.slice() },
  text: new TextDecoder().decode(body),
});

interface Message {
  author: number;
  isRemoved: boolean;
  edit: ToldMessage["edit"];
}

export class OwnedRules {
  readonly #bans = new Set<number>();
  readonly #mutes = new Set<number>();
  readonly #messages = new Map<number, Message>();
  #head = 0;

  isBanned(author: number): boolean {
    return this.#bans.has(author);
  }

  /** Null: it may be said. */
  refusal(author: number, kind: number, body: Uint8Array): Refusal | null {
    if (kind === kinds.sanction.kind) return author === OWNER ? null : Refusal.notAllowed;
    if (kind === kinds.removal.kind) return this.#judge(author, kinds.removal.read(body).to);
    if (this.#mutes.has(author)) return Refusal.muted;
    return kind === kinds.edit.kind ? this.#judge(author, kinds.edit.read(body).to) : null;
  }

  /** Takes what was stored. @returns the author whom it puts out, and how, or null */
  apply({ author, kind, body, text }: Line): { who: number; what: 1 | 2; text: string } | null {
    const seq = ++this.#head;
    if (kind === kinds.text.kind) this.#messages.set(seq, { author, isRemoved: false, edit: null });
    else if (kind === kinds.removal.kind) {
      const message = this.#messages.get(kinds.removal.read(body).to)!;
      message.isRemoved = true;
      message.edit = null;
    } else if (kind === kinds.edit.kind) {
      const message = this.#messages.get(kinds.edit.read(body).to)!;
      if (!message.isRemoved) message.edit = { number: seq, author, time: 1_000, text };
    } else {
      const { who, what } = kinds.sanction.read(body);
      if (what === Sanction.ban) this.#bans.add(who);
      else if (what === Sanction.unban) this.#bans.delete(who);
      else if (what === Sanction.mute) this.#mutes.add(who);
      else if (what === Sanction.unmute) this.#mutes.delete(who);
      if (what === Sanction.kick || what === Sanction.ban) return { who, what, text };
    }
    return null;
  }

  get standing(): Uint8Array {
    const held = (what: 2 | 3, of: Set<number>) => [...of].map((who) => ({ who, what, until: 0, name: "" }));
    return encodeStanding({
      ...{ unlisted: false, hasPassword: false, topic: "", pinned: [], settings: DEFAULT_SETTINGS },
      roles: new Map([[OWNER, { role: Role.owner, name: "n1" }]]),
      sanctions: [...held(Sanction.ban, this.#bans), ...held(Sanction.mute, this.#mutes)],
    });
  }

  /** What a BECAME frame tells of a range. */
  told(from: number, to: number): Uint8Array {
    const told = [...this.#messages]
      .filter(([seq, { isRemoved, edit }]) => seq >= from && seq <= to && (isRemoved || edit))
      .map(([seq, { isRemoved, edit }]) =>
        writeToldMessage({ to: seq, removed: isRemoved, edit, signs: [] }),
      );
    return writeTold(this.#head, told);
  }

  #judge(author: number, to: number): Refusal | null {
    const message = this.#messages.get(to);
    if (!message) return Refusal.noSuchMessage;
    if (message.author !== author) return Refusal.notYours;
    return message.isRemoved ? Refusal.removed : null;
  }
}
