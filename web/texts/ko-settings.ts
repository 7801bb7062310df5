/** 방을 돌보는 사람이 방을 설정할 때 보이는 한국어. */
import type { SettingsTexts } from "./en-settings.ts";

export const settings: SettingsTexts = {
  topic: "주제",
  topicWhat: "들어오는 사람에게 보여요. 링크도 쓸 수 있어요.",
};
