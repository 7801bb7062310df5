/**
 * Names for people who did not choose one: a friendly adjective and an animal. Chance is handed in.
 * Invariant: whatever comes out is a valid nickname, and no two pairs of words look alike.
 *
 * Every adjective must be a compliment to anyone, beside any animal; no word says anything about body, size, speed or
 * love, and no animal is an insult in its language. Each list holds 64 words: 4,096 names in each language.
 */
export type NameLanguage = "ko" | "en";

interface Words {
  adjectives: readonly string[];
  animals: readonly string[];
}

const WORDS: Record<NameLanguage, Words> = {
  ko: {
    adjectives: split(`
    다정한 상냥한 친절한 명랑한 쾌활한 활발한 느긋한 여유로운 차분한 침착한 온화한 따뜻한 포근한 유쾌한
    즐거운 행복한 신나는 반가운 정다운 슬기로운 지혜로운 현명한 총명한 영리한 똑똑한 용감한 씩씩한 당당한
    늠름한 든든한 산뜻한 믿음직한 성실한 부지런한 꼼꼼한 솔직한 진솔한 겸손한 너그러운 평화로운 평온한
    고요한 상쾌한 싱그러운 해맑은 반짝이는 빛나는 눈부신 화사한 멋진 근사한 훌륭한 우아한 소중한 활기찬 힘찬
    낙천적인 자유로운 한결같은 소박한 기운찬 꿈꾸는 노래하는 산책하는`),
    animals: split(`
    수달 해달 다람쥐 하늘다람쥐 고슴도치 토끼 사슴 노루 순록 산양 기린 얼룩말 판다 레서판다 코알라 캥거루
    왈라비 쿼카 웜뱃 알파카 햄스터 친칠라 미어캣 페럿 담비 너구리 오소리 사막여우 북극여우 카피바라 비버
    고양이 강아지 호랑이 눈표범 반달곰 펭귄 물범 바다사자 돌고래 고래 벨루가 바다거북 해마 반딧불이 무당벌레
    나비 꿀벌 달팽이 참새 종달새 꾀꼬리 파랑새 딱따구리 부엉이 두루미 고니 청둥오리 홍학 갈매기 물총새
    동박새 벌새 까치`),
  },
  en: {
    adjectives: split(`
    Adventurous Affable Amiable Attentive Brave Breezy Bright Calm Cheerful Clever Considerate Creative
    Curious Daring Dauntless Delightful Diligent Dreamy Earnest Easygoing Elegant Fearless Friendly Generous
    Gentle Graceful Gracious Grateful Happy Helpful Honest Hopeful Humble Jaunty Joyful Kind Lively Loyal
    Lucky Merry Musical Cordial Noble Optimistic Patient Peaceful Playful Plucky Radiant Reliable Resourceful
    Serene Sincere Sparkling Spirited Splendid Sunny Thoughtful Tranquil Upbeat Welcoming Wise Witty
    Wonderful`),
    animals: split(`
    Otter Badger Hedgehog Squirrel Chipmunk Rabbit Hare Deer Reindeer Moose Elk Alpaca Llama Koala Kangaroo
    Wallaby Wombat Quokka Panda Lynx Ocelot Tiger Lion Leopard Giraffe Zebra Gazelle Ibex Okapi Pony
    Capybara Chinchilla Meerkat Marmot Dormouse Dolphin Narwhal Beluga Seahorse Turtle Gecko Newt Axolotl
    Dragonfly Firefly Butterfly Bumblebee Ladybird Owl Wren Finch Robin Sparrow Heron Crane Swan Falcon
    Kestrel Puffin Penguin Pelican Kingfisher Hummingbird Skylark`),
  },
};

function split(words: string): readonly string[] {
  return words.trim().split(/\s+/);
}

/** An adjective and an animal. `random` gives numbers in [0, 1) and is asked twice. */
export function generateName(language: NameLanguage, random: () => number): string {
  const { adjectives, animals } = WORDS[language];
  const adjective = adjectives[Math.floor(random() * adjectives.length)]!;
  const animal = animals[Math.floor(random() * animals.length)]!;
  return `${adjective} ${animal}`;
}
