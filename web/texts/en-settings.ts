/** What is said in English where somebody who looks after a room sets how it is. */
export const settings = {
  topic: "Topic",
  topicWhat: "Shown to whoever enters. Links in it work.",
};

export type SettingsTexts = typeof settings;
