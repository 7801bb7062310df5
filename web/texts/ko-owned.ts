/** 주인이 있는 방에서 대화 위에 보이는 한국어. */
import type { OwnedTexts } from "./en-owned.ts";
import { hoursText } from "./ko-hours.ts";

export const owned: OwnedTexts = {
  about: "이 방에 대해",
  pin: "고정된 메시지",
  pins: (n) => `모두 ${n}개`,
  pinned: "고정된 메시지 모두",
  unpin: "고정 해제",
  slow: (seconds) =>
    `천천히 이야기하는 방이에요: 한 사람이 ${seconds % 60 ? `${seconds}초` : `${seconds / 60}분`}에 한 번.`,
  speakers: "정해진 사람만 쓸 수 있어요.",
  locked: "새로 들어올 수 없어요.",
  keeps: (hours) => `이 방의 메시지는 ${hoursText(hours)} 뒤에 사라져요.`,
  backOf: (room) => `${room} · 관리자 방`,
  serverBack: "서버 운영자 방",
  back: "관리자 방",
  news: "새 소식",
  behind: "방을 돌보는 사람만 들어오는 곳이에요.",
  behindServer: "서버 운영자만 들어오는 곳이에요.",
  front: "원래 방으로",
};
