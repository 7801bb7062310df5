/**
 * What the back room of a room is called. Nobody makes or enters a room of such a name otherwise: "/" stands in no name
 * that people choose (names.ts).
 */
const END = "/back";

/** What stands for the server where the name of a room does: whoever operates it has a back room too. */
export const SERVER_ROOM = "";

/** `front`: the canonical name of the room that it belongs to. */
export const backNameOf = (front: string): string => front + END;

/** The name of the room that it would belong to, as it was written; null: this is no name of a back room. */
export const frontNameOf = (name: string): string | null =>
  name.endsWith(END) ? name.slice(0, -END.length) : null;
