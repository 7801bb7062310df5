/** 방에 들어가기 전에 화면에 보이는 한국어. 방 안의 말은 ko-room.ts에 있다. */
import type { LanguageName } from "../language.ts";
import type { FrontTexts } from "./en.ts";

export const language: LanguageName = "ko";

export const front: FrontTexts = {
  title: "마당",
  tagline: "방을 열고, 링크를 보내고, 이야기하세요",
  nickname: "별명",
  save: "저장",
  roomName: "방 이름",
  enterRoom: "들어가기",
  makeRoom: "방 만들기",
  rooms: "방",
  recentRooms: "최근에 간 방",
  connection: "연결 상태",
  otherLanguage: "English",
  home: "마당, 첫 화면",
  showRooms: "방 목록 보기",
  close: "닫기",
  leaveRoom: (room) => `${room}에서 나가기`,
  totals: (rooms, people) => `방 ${rooms.toLocaleString("ko")}개 · 지금 ${people.toLocaleString("ko")}명`,
  peopleCount: (n) => `${n.toLocaleString("ko")}명`,
  unread: (n) => `읽지 않은 메시지 ${n > 99 ? "99+" : n}개`,
  emptyYard: "아직 열린 방이 없어요. 첫 방을 열어 보세요.",
  connecting: "연결하고 있어요…",
  offline: "인터넷에 연결되어 있지 않아요.",
  lost: "연결이 끊겼어요.",
  broken: "문제가 생겼어요. 새로고침해 주세요.",
  retryIn: (seconds) => `${seconds}초 뒤에 다시 연결해요`,
  retryNow: "지금 연결",
  reload: "새로고침",
  refused: "처리하지 못했어요.",
};
