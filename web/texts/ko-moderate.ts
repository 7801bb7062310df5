/** 역할, 그리고 내보내진 사람과 말할 수 없는 사람에 대한 한국어. 주인이 있는 방과 함께 온다. */
import type { ModerateTexts } from "./en-moderate.ts";

export const moderate: ModerateTexts = {
  roles: ["", "발언자", "관리자", "주인", "운영자"],
  give: ["역할 거두기", "발언자로", "관리자로", "주인으로"],
  menuOf: (name) => `${name} 관리`,
  reason: "이유 (모두에게 보여요, 안 적어도 돼요)",
  howLong: "얼마 동안",
  spans: ["10분", "1시간", "하루", "끝없이"],
  kick: "내보내기",
  mute: "말 못 하게 하기",
  ban: "못 들어오게 하기",
  address: "같은 주소에서 새로 들어오는 사람도 막기 (못 들어오게 할 때만)",
  sweep: "한 시간 안에 쓴 메시지 모두 내리기",
  unmute: "다시 말하게 하기",
  unban: "다시 들어오게 하기",
  absent: "방을 돌보지만 지금은 없는 사람",
  kept: "못 들어오거나 말할 수 없는 사람",
  banned: "못 들어옴",
  muted: "말할 수 없음",
  putOut: (by) => `${by} 님이 나를 이 방에서 내보냈어요.`,
  bannedBy: (by, until) => `${by} 님이 나를 ${until && `${until}까지 `}이 방에 못 들어오게 했어요.`,
  roleLost: (by) => `${by ? `${by} 님이 내 역할을 거둬서` : "역할을 내려놓아서"} 이 관리자 방에서 나왔어요.`,
  bannedUntil: (until) => `${until && `${until}까지 `}이 방에 들어올 수 없어요.`,
  because: (reason) => `이유: ${reason}`,
  toFront: "첫 화면으로",
};
