/**
 * What a room needs soon, but not to be drawn: what lies over the page, the drafts, the people beside the conversation
 * (their column stands in the grid without them), the words for all that. It comes behind the room,
 * so that it is there without a network as well.
 */
export { EnterChoice } from "./components/enter-choice.tsx";
export { askLeave } from "./components/leaving.tsx";
export { Notices, writing } from "./components/notices.tsx";
export { Overlay } from "./components/overlay.tsx";
export { PeopleColumn, showPeople } from "./components/people.tsx";
export { showRoomList } from "./components/room-list.tsx";
export { makeDrafts } from "./tab-drafts.ts";
export { later as laterTexts } from "./texts/en-later.ts";
