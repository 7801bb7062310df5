/** What the crowd is called and says: names and messages of ordinary lengths, the same in every run. */

const NAMES = ["Otter", "수달", "Heron", "두루미", "Badger", "오소리", "Lynx", "고라니", "Finch", "제비"];
const SAID = [
  "ok",
  "네, 좋아요",
  "see you at the gate at seven then",
  "오늘 저녁에 마당에서 볼까요? 비가 오면 안에서 해요.",
  "I have put the boxes behind the house, the small ones are on top of the large ones.",
  "ㅋㅋㅋ",
  "the list is at https://example.org/list?week=12 and in the hall",
  "그건 내일 다시 이야기해요. 지금은 다들 바쁜 것 같아서요.",
  "+1",
  "Who has the key? I can be there in ten minutes, but somebody has to open the door from inside.",
];

export function nameOf(index: number): string {
  return `${NAMES[index % NAMES.length]} ${index + 1}`;
}

export function textOf(index: number): string {
  return SAID[(index * 7) % SAID.length] as string;
}
