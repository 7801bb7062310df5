/** 명령에 쓰는 한국어. */
import type { CommandTexts } from "./en-commands.ts";

export const commands: CommandTexts = {
  list: "명령",
  offers: (n) => `명령 ${n}개. 화살표 키로 골라 주세요.`,
  unknown: (name) => `여기에는 /${name} 명령이 없어요. 그대로 보내려면 //로 시작해 주세요.`,
  waits: "방에 연결되는 대로 할게요.",
  wrong: (name) => `/${name} 명령을 쓰는 방법이 달라요.`,
  does: new Map<string, readonly [string, string]>([
    ["me", ["하는 일", "지금 무엇을 하는지 말해요."]],
    ["topic", ["책 이야기", "방의 주제를 정해요. 비워 두면 주제가 없어져요."]],
    ["slow", ["30", "한 사람이 다음 메시지를 보낼 때까지 이만큼(초) 기다리게 해요. off로 끝내요."]],
    ["lock", ["off", "새로 오는 사람을 받지 않아요. off로 다시 열어요."]],
    ["kick", ["@별명 까닭", "방에서 내보내요."]],
    ["ban", ["@별명 60 까닭", "이만큼(분), 또는 기한 없이 들어오지 못하게 해요."]],
    ["mute", ["@별명 10 까닭", "이만큼(분), 또는 기한 없이 말하지 못하게 해요."]],
    ["help", ["", "명령을 모두 보여 줘요."]],
  ]),
};
