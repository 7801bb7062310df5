/**
 * What a room needs soon, but not to be drawn: what lies over the page, the drafts, the words for what is rare. It comes
 * behind the room, so that it is there without a network as well.
 */
export { EnterChoice } from "./components/enter-choice.tsx";
export { askLeave } from "./components/leaving.tsx";
export { Overlay } from "./components/overlay.tsx";
export { makeDrafts } from "./tab-drafts.ts";
export { later as laterTexts } from "./texts/en-later.ts";
