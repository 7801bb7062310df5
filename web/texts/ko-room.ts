/** 방 안에서 보이는 한국어. 별명 뒤에는 "님"을 붙여, 받침에 따라 조사가 달라지지 않는다. */
import type { RoomTexts } from "./en-room.ts";

export const koRoom: RoomTexts = {
  people: "사람들",
  messages: "대화",
  message: "메시지",
  send: "보내기",
  showPeople: (n) => `사람들 보기: ${n}명`,
  leave: "나가기",
  enterAgain: "다시 들어가기",
  you: "나",
  tag: (tag) => `표식 ${tag}`,
  andMore: (n) => `그 밖에 ${n.toLocaleString("ko")}명`,
  recentSpeakers: "최근에 이야기한 사람",
  emptyRoom: "아직 아무도 이야기하지 않았어요. 먼저 말을 걸어 보세요.",
  loadingOlder: "이전 대화를 불러오고 있어요…",
  beginning: "여기서 대화가 시작됐어요.",
  unreadLine: "여기부터 읽지 않았어요",
  toNewest: "맨 아래로",
  newBelow: (n) => `새 메시지 ${n.toLocaleString("ko")}개`,
  gap: (n, since, until) =>
    `${since ? `${since}부터 ` : ""}${until}까지의 메시지 ${n.toLocaleString("ko")}개는 보관 기간이 지나 남아 있지 않아요.`,
  lostHere: (n) => `서버 디스크가 손상돼서, 여기 있던 메시지 ${n.toLocaleString("ko")}개가 사라졌어요.`,
  fromDevice: "이 기기에 저장해 둔 대화예요. 연결되면 이어져요.",
  typing: (names) =>
    names.length > 2
      ? "여러 명이 쓰고 있어요…"
      : `${names.map((name) => `${name}님`).join(", ")}이 쓰고 있어요…`,
  entered: (names) => `${shortList(names)} 들어왔어요`,
  left: (names) => `${shortList(names)} 나갔어요`,
  renamed: (before, after) => `${before}님이 이제 ${after}님이에요`,
  pending: "보내는 중",
  notSent: "보내지 못했어요",
  edit: "고치기",
  retry: "다시 보내기",
  discard: "지우기",
  editing: "보내지 못한 메시지를 고치고 있어요.",
  cancel: "취소",
  tooLong: (bytes, max) => `${max}바이트 중 ${bytes}바이트`,
  nameHere: (name) => `이 방에 같은 별명이 있어서, 여기서는 ${name}님이에요.`,
  slowMode: (seconds) => `지금은 천천히 이야기하는 방이에요. 다음 메시지는 ${seconds}초 뒤에 보낼게요.`,
  dayFull: (until) => `하루에 쓸 수 있는 만큼 다 썼어요. ${until}부터 이어서 보낼게요.`,
};

function shortList(names: string[]): string {
  if (names.length < 3) return `${names.map((name) => `${name}님`).join(", ")}이`;
  return `${names[0]}님 외 ${names.length - 1}명이`;
}
