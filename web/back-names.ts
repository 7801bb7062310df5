/** Which room a back room belongs to, by its name; see src/room/back-names.ts. Pure. */
const END = "/back";

export const backOf = (front: string): string => front + END;

/** Null: it is no back room. */
export const frontOf = (name: string): string | null =>
  name.endsWith(END) ? name.slice(0, -END.length) : null;
