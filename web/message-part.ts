/**
 * What can be done with messages once they are there, and what became of them: the fold, what rows show of it, keys and
 * presses. It comes behind the room, beside room-later.ts; the menu itself comes when it is asked for.
 */
import { Became } from "./became.ts";
import { ignored } from "./ignored.ts";
import { message } from "./texts/en-message.ts";

export { Refused } from "./components/refused.tsx";
export { RowExtras } from "./components/row-extras.tsx";
export { editLast, listenToMessages } from "./message-keys.ts";

export const makeBecame = (): Became => new Became(message, ignored.has);
