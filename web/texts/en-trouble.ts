/** What is said in English when something is refused or a connection ends. It comes behind the first paint. */
import type { Close, Refusal } from "../../src/wire/codes.ts";

export const enTrouble = {
  refusals: {
    tooFast: "That was too fast. Try again in a moment.",
    badName: "Names have 1 to 32 letters, digits or signs, nothing invisible.",
    nameTaken: "Somebody there has this name or one that looks like it.",
    emptyText: "The message is empty.",
    textTooLong: "The message is too long.",
    badText: "The message has characters that cannot be sent.",
    badRoomName: "Room names have 1 to 64 letters, digits or signs, nothing invisible.",
    tooManyRooms: "You are in as many rooms as possible. Leave one first.",
    serverFull: "The server has no space for another room.",
    damaged: "This is damaged on the server's disk.",
    cannotTell: "It may or may not have been sent: the server can no longer tell.",
    logFull: "The server's disk is full.",
    roomStorageFull: "This room has no space for more messages.",
  } as Partial<Record<keyof typeof Refusal, string>>,
  /** Of the other ends it is enough to say that the connection is lost, or that the page does not fit the server. */
  closes: {
    goingAway: "The server is restarting.",
    full: "The server is full at the moment.",
    internal: "The server had a problem.",
    tooMuch: "Too much was asked for at once.",
    badVersion: "There is a new version. Please reload the page.",
    flood: "Too much was sent at once. Reload the page to go on.",
    workNeeded: "Too many newcomers just now. Reload the page in a moment.",
    denied: "This address may not connect here.",
  } as Partial<Record<keyof typeof Close, string>>,
};

export type TroubleTexts = typeof enTrouble;
