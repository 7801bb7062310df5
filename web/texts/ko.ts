/** 방에 들어가기 전에 화면에 보이는 한국어. 방 안의 말은 ko-room.ts에 있다. */
import type { FrontTexts } from "./en.ts";

const reload = "서버가 이 화면을 이해하지 못했어요. 새로고침해 주세요.";
const slow = "연결이 너무 느렸어요.";

export const ko: FrontTexts = {
  tagline: "모여서 이야기하는 곳",
  nickname: "별명",
  save: "저장",
  roomName: "방 이름",
  enterRoom: "들어가기",
  rooms: "방",
  connection: "연결 상태",
  otherLanguage: "English",
  home: "마당, 첫 화면",
  showRooms: "방 목록 보기",
  close: "닫기",
  leaveRoom: (room) => `${room}에서 나가기`,
  totals: (rooms, people) => `방 ${rooms.toLocaleString("ko")}개 · ${people.toLocaleString("ko")}명`,
  peopleCount: (n) => `${n.toLocaleString("ko")}명`,
  unread: (n) => `읽지 않은 메시지 ${n > 99 ? "99+" : n}개`,
  emptyYard: "아직 열린 방이 없어요. 첫 방을 열어 보세요.",
  useName: (name) => `“${name}” 쓰기`,
  connecting: "연결하고 있어요…",
  offline: "인터넷에 연결되어 있지 않아요.",
  lost: "연결이 끊겼어요.",
  retryIn: (seconds) => `${seconds}초 뒤에 다시 연결해요`,
  retryNow: "지금 연결",
  reload: "새로고침",
  memoryOnly: "이 브라우저에는 저장할 수 없어요. 창을 닫으면 보내지 못한 메시지가 사라져요.",
  refusals: {
    tooFast: "조금 빨랐어요. 잠시 뒤에 다시 해 주세요.",
    badName: "별명은 1~32자이고, 보이지 않는 문자는 쓸 수 없어요.",
    nameTaken: "같거나 비슷해 보이는 별명이 이미 있어요.",
  },
  refused: "서버가 받아들이지 않았어요.",
  closes: {
    goingAway: "서버를 다시 시작하고 있어요.",
    helloTimeout: slow,
    stalled: slow,
    full: "지금은 서버가 꽉 찼어요.",
    internal: "서버에 문제가 생겼어요.",
    tooMuch: "한꺼번에 너무 많은 요청을 보냈어요.",
    badFrame: reload,
    unexpectedFrame: reload,
    badVersion: "새 버전이 나왔어요. 새로고침해 주세요.",
    flood: "한꺼번에 너무 많이 보냈어요. 새로고침하면 이어서 할 수 있어요.",
    notBinary: reload,
    denied: "이 주소에서는 들어올 수 없어요.",
  },
};
