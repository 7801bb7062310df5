/**
 * The words of which phrases are made, in two languages: 512 each, so that five of them are 45 bits. They are things
 * that everybody knows; no two of a language differ in one letter only, and none in how it is spelled where it sounds
 * the same. The browser never has them: what somebody typed is compared here. Words alone; phrases.ts is what makes a
 * phrase.
 */

export const ENGLISH_WORDS: readonly string[] = words(`
  acorn actor airplane album alley almond amber anchor angel animal ankle apple apricot apron arch
  arrow artist atlas attic autumn avocado badge bagel baker balcony ballet balloon bamboo banana banjo
  barley barn barrel basket bathtub beach beacon beaver bedroom beetle bell bicycle biscuit bishop
  bison blanket blossom blueberry boat bonfire bonnet bookshelf bottle boulder bracelet branch bread
  breeze brick bridge broccoli bronze broom brother brush bubble bucket buffalo bugle bumblebee butter
  butterfly button cabbage cabin cactus camel camera camp canal candle canoe canvas canyon captain
  caravan carbon cardinal carnival carpet carrot castle cavern cedar celery cellar ceramic chalk
  chapel cherry chess chestnut chicken chimney chipmunk cinema cinnamon circle circus citrus clarinet
  cliff clock clockwork cloud clover coach cobweb coconut coffee comet compass copper coral corner
  cornfield cottage cotton cousin cowboy coyote cradle crayon cricket crocus crown crystal cucumber
  cupboard curtain cushion cyclone cymbal daisy dancer dandelion dawn daylight denim desert desk
  diamond dinner dolphin donkey dragon dragonfly drawer driver drum drumstick duck dune eagle easel
  eclipse elbow elephant elevator emerald engine envelope evening evergreen fabric falcon family
  farmer feather fence fern ferry fiddle field finger firefly fireplace fisherman flamingo flannel
  flower flute forest fossil fountain freckle freezer friend frog frost fruit galaxy gallery garage
  garden garlic gazelle geyser giraffe glacier glove goblet goldfish gondola goose gorilla granite
  grape gravel guitar hamburger hamlet hammer hammock harbor harvest hazel headlight hedgehog helmet
  heron hiker honey horizon hornet horse iceberg igloo indigo insect iris island ivory jacket jaguar
  jasmine jelly jewel jigsaw journal judge juggler juice jungle kangaroo kayak kettle keyboard kingdom
  kitchen kite kitten koala ladder ladybug lagoon lake lantern laptop laundry lava lavender leaf lemon
  leopard lettuce library lilac lily lion lizard lobster locket lotus lumber lunch lyric macaroni
  magnet magpie mandolin mango maple marathon marble marigold market marsh mattress meadow melody
  melon mermaid meteor midnight mirror moon morning mosaic motor muffin museum mushroom music mustard
  napkin nectar needle neighbor nephew noodle north notebook novel nursery nutmeg oatmeal oboe ocean
  octagon octopus olive onion opera orange orchard orchid origami ostrich otter oven oyster package
  paddle painter palace pancake panda panther papaya paper parade parsley pasture peacock peanut
  pebble pelican pencil penguin pepper perfume petal pheasant piano picnic pigeon pillow pilot pine
  pirate planet plaza plum poem polar pond poppy porridge potato pottery prairie pretzel prism pumpkin
  puppet pyramid quartz quilt rabbit raccoon radio radish raft railway rainbow raindrop raisin raven
  ribbon robin robot rooster rose ruby sailor salad salmon sandal sapphire satchel saturn scarf school
  scissors scooter seagull seahorse season shadow shell shepherd shovel silver sister skater slipper
  snail snow soccer spaniel sparrow spider spinach spring squirrel stadium star starfish station
  statue stone stork stream street student sugar summer supper swallow swan sweater table tadpole
  teacher teapot temple tennis theater thimble thistle thunder ticket tiger timber toast tomato topaz
  tornado tortoise tower tractor trail treasure tricycle trumpet tulip tundra tunnel turnip turtle
  twilight umbrella uncle unicorn vanilla velvet village vineyard violin volcano voyage waffle wagon
  walnut walrus water whale wheat window winter wolf wombat woodland wool wrench yacht yellow yogurt
  zebra zeppelin zipper
`);

export const KOREAN_WORDS: readonly string[] = words(`
  가게 가로등 가방 가수 가요 가을 가족 가지 간식 갈매기 갈비 감자 강낭콩 강물 강산 강아지 개구리 개나리
  거리 거문고 거북이 거울 건널목 건물 걸음 계단 고구마 고드름 고등어 고래 고무 고사리 고양이 골목 골짜기
  공기 공원 공작새 공책 과일 과자 관객 광장 교실 구두 구름 구슬 구절초 국수 국화 군밤 그네 그늘 그릇
  그림 극장 글씨 기둥 기러기 기린 기와 기차 김밥 김치 까마귀 까치 꼬막 꽃다발 꽃밭 꽃병 꽹과리 꿀벌
  나들이 나라 나룻배 나무 나비 나침반 나팔 낙엽 낙타 날개 남쪽 낮잠 냄비 냇물 너구리 노을 논밭 농부 누나
  눈보라 눈사람 눈송이 눈썹 느낌 다락 다람쥐 다리 다시마 단감 단추 단풍 달걀 달력 달맞이 달무리 달팽이
  담요 당근 대나무 대문 대추 도넛 도둑 도서관 도시락 도자기 도장 도토리 독수리 돌담 동굴 동네 동무 동백꽃
  동생 동전 돛단배 두꺼비 두루미 두부 둥지 뒷동산 들판 등대 등불 딱따구리 딸기 땅콩 떡국 떡볶이 라면 마늘
  마당 마루 마차 만년필 만두 만화 말씀 망치 매미 매실청 메아리 멧돼지 모닥불 모자 목걸이 목도리 목수 몸짓
  무당벌레 무릎 무지개 무화과 문어 물감 물개 물결 물고기 물레방아 물병 물안개 물통 미꾸라지 미나리 미소
  미술관 미역 민들레 밀가루 바가지 바구니 바다 바닷가 바둑 바람 바람개비 바위 박수 반달 반딧불 반지 발자국
  밤송이 방석 방울 방파제 백조 버섯 버스 번개 벌집 벚꽃 베개 벼이삭 벽돌 별빛 병아리 병풍 보름달 보리
  보물 보석 복숭아 복주머니 볶음밥 봄비 봉투 부엉이 부엌 부채 북극 북두칠성 분수 불꽃 붓글씨 비누 비단
  비둘기 비빔밥 빗방울 빗자루 빨래 뻐꾸기 뿌리 사과 사다리 사막 사슴 사자 사탕 산길 산딸기 산봉우리 산호
  살구 삼계탕 삽살개 상추 새벽 새싹 색연필 색종이 샘물 생선 서랍 석류 선인장 설탕 섬마을 성냥 세수 소금
  소나기 소나무 소방차 소쿠리 소풍 손가락 손님 손뼉 손수건 솔방울 솜사탕 솟대 송편 수건 수달 수박 수선화
  수수께끼 수영장 수저 수첩 수평선 숙제 순두부 숟가락 숯불 숲길 시계 시골 시금치 시냇물 시루떡 식구 식탁
  식혜 신발 실내화 쌀밥 썰매 쑥떡 씨앗 아궁이 아기 아지랑이 아침 안개 안경 앞치마 앵무새 약국 약속 약수터
  양말 양파 어깨 어부 언덕 얼굴 얼룩말 여름 여우 여행 연꽃 연날리기 연못 연필 열쇠 엽서 엿가락 영화 옆집
  오늘 오두막 오솔길 오이 오징어 옥수수 온돌 올챙이 옷장 옹달샘 왕관 외투 요리 용돈 우물 우산 우유 우체국
  운동장 운동화 울타리 원숭이 윷놀이 은방울 은하 은하수 은행잎 음악 의사 이마 이불 이슬 이야기 인사 인형
  일기 잉어 자두 자석 자작나무 자장가 자전거 작가 잔디 잠수함 잠자리 장갑 장난감 장독대 장미 장작 저녁
  전나무 전등 전화 절구 점심 접시 젓가락 정거장 정원 제기차기 제비 제주도 조개 조끼 조약돌 종달새 종이
  주머니 주먹밥 주사위 주전자 줄넘기 지갑 지도 지붕 지우개 진달래 징검다리 쪽배 찐빵 참기름 참나무 참새
  참외 찻잔 창문 채소 책가방 책상 천둥 철길 청개구리 청소 청포도 초가집 초승달 촛불 축구 측우기 친구 칠판
  카드 카메라 칼국수 커튼 코끼리 코스모스 콩깍지 콩나물 크레파스 키다리 타조 탁구 탈춤 탑돌이 태양 택시
  탱자 터널 털실 토마토 통나무 튤립 트럭 파도 파랑새 판소리 팔각정 팔찌 팥죽 팽이 편지 평상 폭포 표범
  풀잎 풍뎅이 풍선 풍차 피리 피아노 필통 하마 학교 한강 한라산 한복 할머니 항구 항아리 해녀 해돋이
  해바라기 해파리 햇살 허수아비 헝겊 현관 호두 호랑이 호루라기 호박 홍당무 홍시 화가 화강암 화롯불 화분
  화살 황소 회오리 횡단보도 휘파람 흰구름
`);

function words(list: string): string[] {
  return list.trim().split(/\s+/);
}
