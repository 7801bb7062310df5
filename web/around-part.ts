/**
 * What goes on around the messages of a room: who comes and goes, what a screen reader is told, where a press on a link
 * leads. It comes behind the room, beside room-later.ts.
 */
export { happening } from "./components/happening.tsx";
export { makeHappenings } from "./happenings.ts";
export { makeHeard } from "./heard.ts";
export { listenToLinks } from "./links.ts";
