/** What a room's menu and its invitation say in English. */
export const menu = {
  what: "Anyone who has the link can read and write here.",
  share: "Share link",
  code: "QR code",
  codeOf: (room: string) => `QR code of the link to ${room}`,
  settings: "Room settings",
  operator: "Operator…",
  link: "Link to this room",
  copy: "Copy",
  copied: "Link copied.",
  notCopied: "Select the link to copy it.",
  noCode: "The QR code could not be loaded.",
};

export type MenuTexts = typeof menu;
