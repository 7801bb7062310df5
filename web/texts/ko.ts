/** 화면에 보이는 한국어. 별명 뒤에는 "님"을 붙여, 받침에 따라 조사가 달라지지 않는다. */
import { Close, Refusal } from "../../src/wire/codes.ts";
import type { Texts } from "./en.ts";

const reload = "서버가 이 화면을 이해하지 못했어요. 새로고침해 주세요.";

export const ko: Texts = {
  tagline: "모여서 이야기하는 곳",
  nickname: "별명",
  save: "저장",
  roomName: "방 이름",
  enterRoom: "들어가기",
  rooms: "방",
  people: "사람들",
  messages: "대화",
  message: "메시지",
  send: "보내기",
  connection: "연결 상태",
  otherLanguage: "English",
  home: "마당, 첫 화면",
  showRooms: "방 목록 보기",
  showPeople: (n) => `사람들 보기: ${n}명`,
  close: "닫기",
  leave: "나가기",
  leaveRoom: (room) => `${room}에서 나가기`,
  you: "나",
  tag: (tag) => `표식 ${tag}`,
  totals: (rooms, people) => `방 ${rooms.toLocaleString("ko")}개 · ${people.toLocaleString("ko")}명`,
  peopleCount: (n) => `${n.toLocaleString("ko")}명`,
  unread: (n) => `읽지 않은 메시지 ${n > 99 ? "99+" : n}개`,
  recentSpeakers: "최근에 이야기한 사람",
  emptyYard: "아직 열린 방이 없어요. 첫 방을 열어 보세요.",
  emptyRoom: "아직 아무도 이야기하지 않았어요. 먼저 말을 걸어 보세요.",
  loadingOlder: "이전 대화를 불러오고 있어요…",
  beginning: "여기서 대화가 시작됐어요.",
  unreadLine: "여기부터 읽지 않았어요",
  toNewest: "맨 아래로",
  newBelow: (n) => `새 메시지 ${n.toLocaleString("ko")}개`,
  gap: (n, since, until) =>
    `${since ? `${since}부터 ` : ""}${until}까지의 메시지 ${n.toLocaleString("ko")}개는 보관 기간이 지나 남아 있지 않아요.`,
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
  useName: (name) => `“${name}” 쓰기`,
  nameHere: (name) => `이 방에 같은 별명이 있어서, 여기서는 ${name}님이에요.`,
  connecting: "연결하고 있어요…",
  offline: "인터넷에 연결되어 있지 않아요.",
  lost: "연결이 끊겼어요.",
  retryIn: (seconds) => `${seconds}초 뒤에 다시 연결해요`,
  retryNow: "지금 연결",
  reload: "새로고침",
  memoryOnly: "이 브라우저에는 저장할 수 없어요. 창을 닫으면 보내지 못한 메시지가 사라져요.",
  refusals: {
    [Refusal.emptyText]: "메시지가 비어 있어요.",
    [Refusal.textTooLong]: "메시지가 너무 길어요.",
    [Refusal.badText]: "보낼 수 없는 문자가 들어 있어요.",
    [Refusal.tooFast]: "조금 빨랐어요. 곧 다시 보낼게요.",
    [Refusal.roomBusy]: "방이 아주 붐벼요. 곧 다시 보낼게요.",
    [Refusal.notInRoom]: "이 방에 들어와 있지 않아요.",
    [Refusal.staleNonce]: "한 번 더 보내야 해요.",
    [Refusal.badName]: "별명은 1~32자이고, 보이지 않는 문자는 쓸 수 없어요.",
    [Refusal.nameTaken]: "같거나 비슷해 보이는 별명이 이미 있어요.",
    [Refusal.badRoomName]: "방 이름은 1~64자이고, 보이지 않는 문자는 쓸 수 없어요.",
    [Refusal.tooManyRooms]: "더 많은 방에 들어갈 수 없어요. 먼저 한 곳에서 나가 주세요.",
    [Refusal.serverFull]: "서버에 방을 더 열 자리가 없어요.",
    [Refusal.outOfOrder]: "앞선 메시지가 먼저 가야 해요.",
  },
  refused: "서버가 받아들이지 않았어요.",
  closes: {
    [Close.goingAway]: "서버를 다시 시작하고 있어요.",
    [Close.helloTimeout]: "연결이 너무 느렸어요.",
    [Close.stalled]: "연결이 너무 느렸어요.",
    [Close.full]: "지금은 서버가 꽉 찼어요.",
    [Close.internal]: "서버에 문제가 생겼어요.",
    [Close.badFrame]: reload,
    [Close.unexpectedFrame]: reload,
    [Close.badVersion]: "새 버전이 나왔어요. 새로고침해 주세요.",
    [Close.flood]: "한꺼번에 너무 많이 보냈어요. 새로고침하면 이어서 할 수 있어요.",
    [Close.notBinary]: reload,
  },
};

function shortList(names: string[]): string {
  if (names.length < 3) return `${names.map((name) => `${name}님`).join(", ")}이`;
  return `${names[0]}님 외 ${names.length - 1}명이`;
}
