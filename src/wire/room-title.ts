/** What people call a room: its name without the bits that make the link of an unlisted one its own. */
export const titleOf = (room: string): string => room.replace(/(.)~[a-z2-7]{13}(\/|$)/, "$1$2");
