/**
 * What is said in English of roles, and of people who are put out of a room or kept silent; it comes with a room that
 * belongs to somebody.
 */
export const moderate = {
  /** By number of the role. */
  roles: ["", "speaker", "moderator", "owner", "operator"],
  give: ["Take the role away", "Make a speaker", "Make a moderator", "Make an owner"],
  menuOf: (name: string) => `What to do about ${name}`,
  reason: "Reason, for all to read (optional)",
  howLong: "For how long",
  spans: ["10 minutes", "an hour", "a day", "without an end"],
  kick: "Put out",
  mute: "Keep silent",
  ban: "Ban",
  address: "Also keep out newcomers from the same address (only with a ban)",
  sweep: "Take down what they wrote in the last hour",
  unmute: "Let speak again",
  unban: "Lift the ban",
  absent: "Look after this room, not here now",
  kept: "Banned and silent",
  banned: "banned",
  muted: "silent",
  putOut: (by: string) => `${by} put you out of this room.`,
  bannedBy: (by: string, until: string) => `${by} banned you from this room${until && ` until ${until}`}.`,
  /** Without a name: one gave it up. */
  roleLost: (by: string) =>
    `${by ? `${by} took your role` : "You gave up your role"}, so this back room is closed to you.`,
  bannedUntil: (until: string) => `You are banned from this room${until && ` until ${until}`}.`,
  because: (reason: string) => `The reason: ${reason}`,
  toFront: "To the front page",
};

export type ModerateTexts = typeof moderate;
