/** What is said in English when something is refused or a connection ends. It comes behind the first paint. */
import { Close, Refusal } from "../../src/wire/codes.ts";
import { many } from "./many.ts";

export const trouble = {
  memoryOnly:
    "This browser cannot save anything here. Your name and unsent messages are lost when you close the tab.",
  fromDevice: "Saved copy. New messages appear once you are connected.",
  lostHere: (n: number) =>
    `${many(n, "message", "messages")} ${n === 1 ? "is" : "are"} lost here: the server's disk was damaged.`,
  gap: (n: number, since: string, until: string) =>
    `${many(n, "message", "messages")}${since ? ` from ${since}` : ""} until ${until} ${n === 1 ? "is" : "are"} no longer kept.`,
  announced: "The operator says:",
  newer: "There is a new version of this page.",
  whatNow: "What now?",
  moveOut: "Move to another browser",
  moveIn: "Bring from another browser",
  connected: "Connected again.",
  notKept: "This browser could not save. Unsent messages may be lost when you close the tab.",
  tooManyRooms: (most: number) =>
    most === 1
      ? "You can be in one room at once. Leave it, then try again."
      : `You can be in ${most} rooms at once. Leave one, then try again.`,
  refusals: {
    [Refusal.tooFast]: "That was too fast. Try again in a moment.",
    [Refusal.badName]: "Names have 1 to 32 letters, digits or signs, nothing invisible.",
    [Refusal.nameTaken]: "Somebody here already has this name, or one that looks like it.",
    [Refusal.emptyText]: "The message is empty.",
    [Refusal.textTooLong]: "The message is too long.",
    [Refusal.badText]: "The message has characters that cannot be sent.",
    [Refusal.badRoomName]: "Use 1 to 64 characters, without / \\ ? # or %.",
    [Refusal.serverFull]: "No more rooms can be opened right now.",
    [Refusal.damaged]: "This is damaged on the server's disk.",
    [Refusal.cannotTell]: "It may or may not have been sent: the server can no longer tell.",
    [Refusal.logFull]: "The server's disk is full.",
    [Refusal.notKept]: "That message is no longer kept.",
    [Refusal.removed]: "That message was removed.",
    [Refusal.tooManyEdits]: "That was edited as often as it may be.",
    [Refusal.tooManyReactions]: "There is no place for another emoji here.",
    [Refusal.banned]: "You are banned from this room.",
    [Refusal.muted]: "You may not speak in this room just now.",
    [Refusal.badTime]: "The time for that has passed.",
    [Refusal.alreadyReported]: "You have reported this message already.",
    [Refusal.backRoom]: "Do that in the room itself: this is its back room.",
    [Refusal.notInRoom]: "The connection was lost meanwhile. Try again.",
    [Refusal.roomExists]: "There is a room of this name already.",
    [Refusal.noSuchRoom]: "There is no such room. Is the link complete?",
    [Refusal.openRoom]: "This room belongs to nobody, so nobody can do that here.",
    [Refusal.notAllowed]: "You need another role in this room for that.",
    [Refusal.notASpeaker]: "Only people with a role write in this room.",
    [Refusal.locked]: "This room takes nobody new just now.",
    [Refusal.roomClosed]: "The operator closed this room.",
    [Refusal.wrongKey]: "That is not the key.",
    [Refusal.reservedName]: "This name is reserved. Please choose another.",
    [Refusal.lastOwner]: "A room needs an owner. Make somebody else one first.",
    [Refusal.tooManyKept]: "This room has as many of these as it may have.",
    [Refusal.passwordNeeded]: "This room asks for a password.",
    [Refusal.wrongPassword]: "No room of that name opens with that password.",
    [Refusal.roomStorageFull]: "This room has no space for more messages.",
    [Refusal.badPhrase]: "These words are wrong, used up or too old.",
    [Refusal.movedAway]: "You wrote this as somebody who is in another browser now.",
  } as Partial<Record<number, string>>,
  /** Of the other ends it is enough to say that the connection is lost, or that the page does not fit the server. */
  closes: {
    [Close.goingAway]: "The server is restarting.",
    [Close.full]: "The server is full at the moment.",
    [Close.internal]: "The server had a problem.",
    [Close.tooMuch]: "Too much was asked for at once.",
    [Close.badVersion]: "There is a new version. Please reload the page.",
    [Close.flood]: "Too much was sent at once. Reload the page to go on.",
    [Close.workNeeded]: "Too many newcomers just now. Reload the page in a moment.",
    [Close.denied]: "This address may not connect here.",
    [Close.tokenEnded]: "Your identity is in use in another browser, and no longer here.",
  } as Partial<Record<number, string>>,
};

export type TroubleTexts = typeof trouble;
