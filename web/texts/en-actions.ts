/** What the menu of a message says in English. */
export const menu = {
  react: "React",
  moreSigns: "More emoji",
  copyText: "Copy text",
  copyLink: "Copy link",
  textCopied: "Text copied",
  notCopied: "This browser does not let it be copied.",
  report: "Report",
  ignore: (name: string) => `Ignore ${name}`,
  unignore: (name: string) => `Stop ignoring ${name}`,
  askRemove: "Delete this message?",
  removedForAll: "Its text is removed for everybody, for good.",
  pin: "Pin for everybody",
  unpin: "Unpin",
  takeDown: "Take down",
  askTakeDown: "Take this message down?",
  reason: "Reason, for all to read (optional)",
  whoReacted: "Who reacted",
};

export type MessageMenuTexts = typeof menu;
