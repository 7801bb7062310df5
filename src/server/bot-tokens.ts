/**
 * Tokens of programs: each may do some acts in some rooms, under one name. Each is a file of its own in the data folder,
 * so that they are made and revoked while the server runs, by another process and without a lock: a file is there
 * entirely or not at all, and the server reads it whenever its token is shown. Invariants: of a token only a hash is
 * kept, and one that was revoked is good for nothing from that moment on.
 *
 *   <data>/tokens/<id>     {"name", "rooms": [names, or "*"], "may": ["post", "read"], "hash", "madeAt"}, mode 0600
 *   madang_<id>_<secret>   the token: 12 hexadecimal digits, and 256 bits as base64url
 */
import { createHash, randomBytes, timingSafeEqual } from "node:crypto";
import {
  chownSync,
  closeSync,
  existsSync,
  fsyncSync,
  mkdirSync,
  openSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  writeFileSync,
} from "node:fs";
import { join } from "node:path";

export const BOT_ACTS = ["post", "read"] as const;
export type BotAct = (typeof BOT_ACTS)[number];

/** In place of the name of a room: every one. */
export const EVERY_ROOM = "*";

export interface BotScope {
  /** Under which it posts. */
  name: string;
  /** Canonical names, or `EVERY_ROOM` alone. */
  rooms: string[];
  may: BotAct[];
}

export interface Bot extends BotScope {
  id: string;
  /** Milliseconds since 1970. */
  madeAt: number;
}

interface Stored extends Bot {
  /** SHA-256 of the whole token, hexadecimal. */
  hash: string;
}

/** Something is wrong with the folder of the tokens. The message is one plain sentence. */
export class BotTokenError extends Error {
  override name = "BotTokenError";
}

const TOKEN = /^madang_([0-9a-f]{12})_[\w-]{43}$/;
const ID = /^[0-9a-f]{12}$/;

/** Whether it looks like a token of a program, right or wrong. */
export const isBotToken = (text: string): boolean => TOKEN.test(text);

export class BotTokens {
  readonly #data: string;
  readonly #folder: string;

  /** `data`: the data folder; empty: there are no tokens. */
  constructor(data: string) {
    this.#data = data;
    this.#folder = join(data, "tokens");
  }

  /** Whose token this is; null: nobody's. @throws BotTokenError when that cannot be told */
  find(token: string): Bot | null {
    const [, id] = TOKEN.exec(token) ?? [];
    const stored = id === undefined || this.#data === "" ? null : this.#read(id);
    if (!stored) return null;
    const { hash, ...bot } = stored;
    return timingSafeEqual(Buffer.from(hashOf(token), "hex"), Buffer.from(hash, "hex")) ? bot : null;
  }

  /** Whether the token of this id was not revoked. @throws BotTokenError */
  has(id: string): boolean {
    return this.#read(id) !== null;
  }

  /** @returns the token, which is told nowhere else. @throws BotTokenError */
  make(scope: BotScope, now: number): { token: string; bot: Bot } {
    const id = randomBytes(6).toString("hex");
    const token = `madang_${id}_${randomBytes(32).toString("base64url")}`;
    const bot = { id, ...scope, madeAt: now };
    const { id: _, ...kept } = { ...bot, hash: hashOf(token) };
    this.#change(() => {
      const made = mkdirSync(this.#folder, { recursive: true, mode: 0o700 });
      if (made) this.#handOver(this.#folder);
      // No id begins so: whoever lists the tokens meanwhile passes it.
      const path = join(this.#folder, `new-${id}`);
      const file = openSync(path, "wx", 0o600);
      writeFileSync(file, `${JSON.stringify(kept)}\n`);
      fsyncSync(file);
      closeSync(file);
      this.#handOver(path);
      renameSync(path, join(this.#folder, id));
      if (made) syncFolder(this.#data);
      syncFolder(this.#folder);
    });
    return { token, bot };
  }

  /** All there are, the oldest first. @throws BotTokenError */
  list(): Bot[] {
    const names = this.#change(() => (existsSync(this.#folder) ? readdirSync(this.#folder) : []));
    const bots = names
      .filter((name) => ID.test(name))
      .flatMap((id) => {
        const stored = this.#read(id);
        if (!stored) return [];
        const { hash: _, ...bot } = stored;
        return [bot];
      });
    return bots.sort((a, b) => a.madeAt - b.madeAt || (a.id < b.id ? -1 : 1));
  }

  /** @returns whether there was one. @throws BotTokenError */
  revoke(id: string): boolean {
    const path = join(this.#folder, id);
    if (!ID.test(id) || !this.#change(() => existsSync(path))) return false;
    this.#change(() => {
      rmSync(path);
      syncFolder(this.#folder);
    });
    return true;
  }

  #read(id: string): Stored | null {
    const path = join(this.#folder, id);
    let text: string;
    try {
      text = readFileSync(path, "utf8");
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code === "ENOENT") return null;
      throw new BotTokenError(`The token ${path} cannot be read: ${(error as Error).message}.`);
    }
    const stored = parse(text);
    if (!stored) throw new BotTokenError(`${path} holds no token: revoke ${id} and make another one.`);
    return { id, ...stored };
  }

  /** Whatever goes wrong is told as one sentence. */
  #change<T>(work: () => T): T {
    if (!existsSync(join(this.#data, "format")))
      throw new BotTokenError(
        `${this.#data} is no data folder of Madang: start the server on it once, or name it with --data.`,
      );
    try {
      return work();
    } catch (error) {
      throw new BotTokenError(
        `The tokens in ${this.#folder} cannot be changed: ${(error as Error).message}.`,
      );
    }
  }

  /** What root makes has to be read by the server's own user. */
  #handOver(path: string): void {
    const { uid, gid } = statSync(this.#data);
    if (process.getuid?.() === 0) chownSync(path, uid, gid);
  }
}

/** Whether a token is for this room, of a canonical name. */
export const isFor = ({ rooms }: BotScope, room: string): boolean =>
  rooms.includes(EVERY_ROOM) || rooms.includes(room);

const hashOf = (token: string): string => createHash("sha256").update(token).digest("hex");

/** Null: it is no token's. */
function parse(text: string): Omit<Stored, "id"> | null {
  try {
    const { name, rooms, may, hash, madeAt } = JSON.parse(text);
    const areTexts = (list: unknown) => Array.isArray(list) && list.every((one) => typeof one === "string");
    const isWhole =
      typeof name === "string" && areTexts(rooms) && areTexts(may) && /^[0-9a-f]{64}$/.test(hash);
    return isWhole && Number.isSafeInteger(madeAt)
      ? { name, rooms, may: may as BotAct[], hash, madeAt }
      : null;
  } catch {
    return null;
  }
}

function syncFolder(path: string): void {
  const folder = openSync(path, "r");
  fsyncSync(folder);
  closeSync(folder);
}
