/** Bits of a room's `flags` in the log's table of rooms: what has to be known of it before it is read. */
export const RoomFlag = {
  /** Somebody made it, and it is looked after by those whose roles its records tell. */
  owned: 1,
  /** In no list. */
  unlisted: 2,
  /** The back room of one that belongs to somebody. */
  back: 4,
  /** It was made with a password. In memory: whoever has no role enters with one; see room-passwords.ts. */
  password: 8,
  /**
   * An open room that whoever operates the server looks after: it is `owned` as well, by nobody else. In the table stands
   * this only of rooms that were taken over before their first record; of others `Operation` knows it.
   */
  operated: 16,
} as const;

export const isOwned = (flags: number): boolean => (flags & RoomFlag.owned) !== 0;

export const isBack = (flags: number): boolean => (flags & RoomFlag.back) !== 0;

export const isOperated = (flags: number): boolean => (flags & RoomFlag.operated) !== 0;

export const isUnlisted = (flags: number): boolean => (flags & RoomFlag.unlisted) !== 0;

export const needsPassword = (flags: number): boolean => (flags & RoomFlag.password) !== 0;

/** Whether it may stand where strangers look. */
export const isListed = (flags: number): boolean => !isUnlisted(flags) && !needsPassword(flags);
