/** 거절되거나 연결이 끝났을 때 보이는 한국어. 첫 화면이 그려진 뒤에 온다. */
import { Close, Refusal } from "../../src/wire/codes.ts";
import type { TroubleTexts } from "./en-trouble.ts";

export const trouble: TroubleTexts = {
  memoryOnly: "이 브라우저에 저장할 수 없어, 창을 닫으면 별명과 보내지 못한 메시지가 사라져요.",
  fromDevice: "이 기기에 저장해 둔 대화예요. 연결되면 이어져요.",
  lostHere: (n) => `서버 디스크가 손상돼서, 여기 있던 메시지 ${n.toLocaleString("ko")}개가 사라졌어요.`,
  gap: (n, since, until) =>
    `${since ? `${since}부터 ` : ""}${until}까지의 메시지 ${n.toLocaleString("ko")}개는 보관 한도를 넘어 남아 있지 않아요.`,
  newer: "새 버전이 나왔어요.",
  connected: "다시 연결됐어요.",
  notKept: "이 브라우저에 저장하지 못했어요. 창을 닫으면 보내지 못한 메시지가 사라질 수 있어요.",
  tooManyRooms: (most) => `방은 한 번에 ${most}개까지예요. 한 곳에서 나간 뒤 다시 눌러 주세요.`,
  refusals: {
    [Refusal.tooFast]: "조금 빨랐어요. 잠시 뒤에 다시 해 주세요.",
    [Refusal.badName]: "별명은 1~32자이고, 보이지 않는 문자는 쓸 수 없어요.",
    [Refusal.nameTaken]: "같거나 비슷해 보이는 별명이 이미 있어요.",
    [Refusal.emptyText]: "메시지가 비어 있어요.",
    [Refusal.textTooLong]: "메시지가 너무 길어요.",
    [Refusal.badText]: "보낼 수 없는 문자가 들어 있어요.",
    [Refusal.badRoomName]: "방 이름은 1~64자로 적어 주세요. / \\ ? # % 는 쓸 수 없어요.",
    [Refusal.serverFull]: "지금은 방을 더 만들 수 없어요.",
    [Refusal.damaged]: "서버 디스크에서 이 부분이 손상됐어요.",
    [Refusal.cannotTell]: "보내졌을 수도, 아닐 수도 있어요. 서버가 더는 확인할 수 없어요.",
    [Refusal.logFull]: "서버 디스크가 가득 찼어요.",
    [Refusal.notKept]: "그 메시지는 이제 남아 있지 않아요.",
    [Refusal.removed]: "그 메시지는 삭제됐어요.",
    [Refusal.tooManyEdits]: "더는 수정할 수 없어요.",
    [Refusal.tooManyReactions]: "이모지를 더 붙일 수 없어요.",
    [Refusal.roomExists]: "같은 이름의 방이 이미 있어요.",
    [Refusal.noSuchRoom]: "그런 방이 없어요. 링크가 빠짐없이 복사됐는지 봐 주세요.",
    [Refusal.openRoom]: "주인이 없는 방이라 여기서는 아무도 할 수 없는 일이에요.",
    [Refusal.notAllowed]: "이 방에서 그럴 수 있는 역할이 아니에요.",
    [Refusal.lastOwner]: "방에는 주인이 있어야 해요. 먼저 다른 사람을 주인으로 정해 주세요.",
    [Refusal.tooManyKept]: "이 방에 둘 수 있는 만큼 이미 있어요.",
    [Refusal.roomStorageFull]: "이 방에는 메시지를 더 담을 자리가 없어요.",
  },
  closes: {
    [Close.goingAway]: "서버를 다시 시작하고 있어요.",
    [Close.full]: "지금은 서버가 꽉 찼어요.",
    [Close.internal]: "서버에 문제가 생겼어요.",
    [Close.tooMuch]: "한꺼번에 너무 많은 요청을 보냈어요.",
    [Close.badVersion]: "새 버전이 나왔어요. 새로고침해 주세요.",
    [Close.flood]: "한꺼번에 너무 많이 보냈어요. 새로고침하면 이어서 할 수 있어요.",
    [Close.workNeeded]: "지금은 새로 오는 사람이 너무 많아요. 잠시 뒤에 새로고침해 주세요.",
    [Close.denied]: "이 주소에서는 들어올 수 없어요.",
  },
};
