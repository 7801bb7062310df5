/**
 * What can be done with messages once they are there, and what rows show of what became of them; keys and presses. The
 * fold comes beside it. It comes behind the room, beside room-later.ts; the menu itself comes when it is asked for.
 */
import type { Became } from "./became.ts";
import { ignored } from "./ignored.ts";
import { message } from "./texts/en-message.ts";

export { RowExtras } from "./components/row-extras.tsx";
export { listenToMessages } from "./message-keys.ts";

export const makeBecame = (Fold: typeof Became): Became => new Fold(message, ignored.has);
