/** 방 안에서 보이는 한국어. 별명 뒤에는 "님"을 붙여, 받침에 따라 조사가 달라지지 않는다. */
import type { RoomTexts } from "./en-room.ts";
import { withNim, withRo } from "./particle.ts";

export const room: RoomTexts = {
  useName: (name) => `“${name}”${withRo(name).slice(name.length)} 바꾸기`,
  people: "참여자",
  messages: "대화",
  message: "메시지",
  writeAs: (name) => `${withRo(name)} 메시지 쓰기`,
  send: "보내기",
  showPeople: (n) => `참여자 ${n}명 보기`,
  leave: "나가기",
  invite: "초대하기",
  roomMenu: "방 메뉴",
  unsent: (n) => `아직 보내지 못한 메시지가 ${n.toLocaleString("ko")}개 있어요. 지금 나가면 지워져요.`,
  enterAgain: "다시 들어가기",
  you: "나",
  tag: (tag) => `표식 ${tag}`,
  andMore: (n) => `그 밖에 ${n.toLocaleString("ko")}명`,
  recentSpeakers: "최근에 이야기한 사람",
  emptyRoom: "아직 아무도 이야기하지 않았어요. 먼저 말을 걸어 보세요.",
  loadingOlder: "이전 대화를 불러오고 있어요…",
  beginning: "여기서 대화가 시작됐어요.",
  unreadLine: "여기까지 읽었어요",
  toNewest: "맨 아래로",
  noMessage: "그 메시지는 없거나, 더는 남아 있지 않아요.",
  linkCopied: "메시지 링크를 복사했어요",
  newBelow: (n) => `새 메시지 ${n.toLocaleString("ko")}개`,
  gap: (n, since, until) =>
    `${since ? `${since}부터 ` : ""}${until}까지의 메시지 ${n.toLocaleString("ko")}개는 보관 한도를 넘어 남아 있지 않아요.`,
  lostHere: (n) => `서버 디스크가 손상돼서, 여기 있던 메시지 ${n.toLocaleString("ko")}개가 사라졌어요.`,
  sentLater: "연결되면 보낼게요.",
  fromDevice: "이 기기에 저장해 둔 대화예요. 연결되면 이어져요.",
  typing: (names) =>
    names.length > 2 ? "여러 명이 입력 중이에요…" : `${names.map(withNim).join(", ")}이 입력 중이에요…`,
  entered: (names) => `${shortList(names)} 들어왔어요`,
  left: (names) => `${shortList(names)} 나갔어요`,
  renamed: (before, after) => `${withNim(before)}이 별명을 ${withRo(after)} 바꿨어요`,
  showAll: "모두 보기",
  showLess: "접기",
  pending: "보내는 중",
  notSent: "보내지 못했어요",
  enterSends: "Enter로 보내기",
  edit: "수정",
  retry: "다시 보내기",
  discard: "삭제",
  editing: "보내지 못한 메시지를 수정하고 있어요.",
  cancel: "취소",
  tooLong: (letters) => `${letters.toLocaleString("ko")}자쯤 줄여 주세요`,
  nameHere: (name) => `이 방에 같은 별명이 있어서, 여기서는 ${withNim(name)}이에요.`,
  slowMode: (seconds) => `지금은 천천히 이야기하는 방이에요. 다음 메시지는 ${seconds}초 뒤에 보낼게요.`,
  dayFull: (until) => `하루에 쓸 수 있는 만큼 다 썼어요. ${until}부터 이어서 보낼게요.`,
};

function shortList(names: string[]): string {
  if (names.length < 3) return `${names.map(withNim).join(", ")}이`;
  return `${withNim(names[0] as string)} 외 ${names.length - 1}명이`;
}
