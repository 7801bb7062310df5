/** 방을 돌보는 사람이 방을 설정할 때 보이는 한국어. */
import type { SettingsTexts } from "./en-settings.ts";

export const settings: SettingsTexts = {
  title: "제목",
  titleWhat: "방 이름 대신 보여요. 링크는 그대로예요.",
  topic: "주제",
  topicWhat: "들어오는 사람에게 보여요. 링크도 쓸 수 있어요.",
  slow: "천천히 이야기하기",
  off: "끔",
  every: (seconds) => `한 사람이 ${seconds % 60 ? `${seconds}초` : `${seconds / 60}분`}에 한 번`,
  speakers: "역할이 있는 사람만 쓰기",
  locked: "새로 들어오지 못하게 잠그기",
};
