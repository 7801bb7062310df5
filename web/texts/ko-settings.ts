/** 방을 돌보는 사람이 방을 설정할 때 보이는 한국어. */
import type { SettingsTexts } from "./en-settings.ts";
import { hoursText } from "./ko-hours.ts";

export const settings: SettingsTexts = {
  title: "제목",
  titleWhat: "방 이름 대신 보여요. 링크는 그대로예요.",
  topic: "주제",
  topicWhat: "들어오는 사람에게 보여요. 링크도 쓸 수 있어요.",
  slow: "천천히 이야기하기",
  off: "끔",
  every: (seconds) => `한 사람이 ${seconds % 60 ? `${seconds}초` : `${seconds / 60}분`}에 한 번`,
  keep: "메시지 보관",
  keepAll: (most) => (most ? `서버가 두는 동안: ${hoursText(most)}` : "지우지 않기"),
  keepFor: (hours) => hoursText(hours),
  keepWhat: "더 오래된 메시지는 몇 분 안에 서버에서 지워져요. 역할과 주제, 내보낸 사람은 그대로예요.",
  speakers: "역할이 있는 사람만 쓰기",
  locked: "새로 들어오지 못하게 잠그기",
};
