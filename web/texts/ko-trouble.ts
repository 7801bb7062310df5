/** 거절되거나 연결이 끝났을 때 보이는 한국어. 첫 화면이 그려진 뒤에 온다. */
import type { TroubleTexts } from "./en-trouble.ts";

export const koTrouble: TroubleTexts = {
  refusals: {
    tooFast: "조금 빨랐어요. 잠시 뒤에 다시 해 주세요.",
    badName: "별명은 1~32자이고, 보이지 않는 문자는 쓸 수 없어요.",
    nameTaken: "같거나 비슷해 보이는 별명이 이미 있어요.",
    emptyText: "메시지가 비어 있어요.",
    textTooLong: "메시지가 너무 길어요.",
    badText: "보낼 수 없는 문자가 들어 있어요.",
    badRoomName: "방 이름은 1~64자이고, 보이지 않는 문자는 쓸 수 없어요.",
    tooManyRooms: "더 많은 방에 들어갈 수 없어요. 먼저 한 곳에서 나가 주세요.",
    serverFull: "서버에 방을 더 열 자리가 없어요.",
    damaged: "서버 디스크에서 이 부분이 손상됐어요.",
    cannotTell: "보내졌을 수도, 아닐 수도 있어요. 서버가 더는 확인할 수 없어요.",
    logFull: "서버 디스크가 가득 찼어요.",
    roomStorageFull: "이 방에는 메시지를 더 담을 자리가 없어요.",
  },
  closes: {
    goingAway: "서버를 다시 시작하고 있어요.",
    full: "지금은 서버가 꽉 찼어요.",
    internal: "서버에 문제가 생겼어요.",
    tooMuch: "한꺼번에 너무 많은 요청을 보냈어요.",
    badVersion: "새 버전이 나왔어요. 새로고침해 주세요.",
    flood: "한꺼번에 너무 많이 보냈어요. 새로고침하면 이어서 할 수 있어요.",
    workNeeded: "지금은 새로 오는 사람이 너무 많아요. 잠시 뒤에 새로고침해 주세요.",
    denied: "이 주소에서는 들어올 수 없어요.",
  },
};
