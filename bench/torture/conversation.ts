/**
 * What somebody who was told all records of a room from some number on has to show: each message as the acts on it left
 * it. Readers keep one as they are told, the checker makes another from the log. Acts on what is not here are passed
 * over.
 */
import type { Taken } from "./journal.ts";
import { readLabel } from "./tokens.ts";

/** [number, text as it is now, whether it is removed, the signs on it with their authors, whether it was edited] */
export type MessageState = [number, string, boolean, string[], boolean?];

interface Message {
  text: string;
  isRemoved: boolean;
  isTouched: boolean;
  isEdited: boolean;
  signs: Set<string>;
}

export class Conversation {
  #messages = new Map<number, Message>();
  /** The first number that was told and the last; 0: none. */
  first = 0;
  last = 0;

  take([seq, author, , label]: Taken): void {
    this.first ||= seq;
    this.last = Math.max(this.last, seq);
    const { said, to, text } = readLabel(label);
    if (said === "text" || said === "reply") {
      this.#messages.set(seq, {
        text,
        isRemoved: false,
        isTouched: false,
        isEdited: false,
        signs: new Set(),
      });
      return;
    }
    const message = this.#messages.get(to);
    if (!message) return;
    message.isTouched = true;
    if (said === "removal") {
      message.isRemoved = true;
      message.text = "";
    } else if (said === "on") message.signs.add(`${text} ${author}`);
    else if (said === "off") message.signs.delete(`${text} ${author}`);
    else if (!message.isRemoved) {
      message.text = text;
      message.isEdited = true;
    }
  }

  isRemoved(seq: number): boolean {
    return this.#messages.get(seq)?.isRemoved ?? false;
  }

  /** Of the messages that something was done to. All others are as they were said. */
  states(): MessageState[] {
    return [...this.#messages]
      .filter(([, { isTouched }]) => isTouched)
      .map(([seq, { text, isRemoved, signs, isEdited }]) => [
        seq,
        text,
        isRemoved,
        [...signs].sort(),
        isEdited,
      ]);
  }
}
