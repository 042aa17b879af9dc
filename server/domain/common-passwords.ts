/**
 * Passwords that guessers try first, in several languages and keyboard layouts, 8 characters or more, lower case. Data, so
 * the file may be long. Not a list of leaked passwords: it stops the worst choices without asking another server.
 */
const COMMON: ReadonlySet<string> = new Set(
  `password password1 password12 password123 password1234 password12345 password123456 password! password1!
  passw0rd p@ssw0rd p@ssword p@ssword1 p@55w0rd pa55word pa$$word passpass passport passw0rd1 passwords
  mypassword mypassword1 yourpassword thepassword newpassword newpassword1 oldpassword nopassword letmein1
  letmein12 letmein123 letmeinnow letmeinplease 12345678 123456789 1234567890 12345678910 123456789012
  1234567891 12345678901 0123456789 01234567 012345678 87654321 987654321 9876543210 0987654321 098765432
  11111111 111111111 1111111111 111111111111 22222222 33333333 44444444 55555555 66666666 77777777
  88888888 888888888 99999999 999999999 00000000 000000000 0000000000 000000000000 12121212 121212121212
  13131313 11223344 1122334455 112233445566 11112222 12341234 123412341234 12344321 123454321 123321123
  123123123 123123123123 123456123 123456123456 12345612 456456456 789456123 147258369 159753456 159357456
  147852369 741852963 963852741 321321321 102030405060 10203040 101010101010 10101010 20202020 20012001
  19801980 19841984 19901990 20002000 31415926 314159265 3141592653 314159265358 13579246 135792468
  1357924680 2468101214 24681012 1q2w3e4r 1q2w3e4r5t 1q2w3e4r5t6y 1q2w3e4r5t6y7u 1qaz2wsx 1qaz2wsx3edc
  1qaz2wsx3edc4rfv 1qazxsw2 1qaz@wsx 1qaz!qaz !qaz2wsx zaq12wsx zaq1zaq1 zaq1xsw2 zaq12wsxcde3 q1w2e3r4
  q1w2e3r4t5 q1w2e3r4t5y6 qwer1234 qwer1234qwer qwert123 qwerty12 qwerty123 qwerty1234 qwerty12345
  qwerty123456 qwertyui qwertyuiop qwertyuiop1 qwertyuiop12 qwertyuiop123 qwertyuiopasdfgh qwertyuiop[]
  qwertyqwerty qwerqwer qwe123qwe qwe123qwe123 qweasdzxc qweasdzxc123 qweqweqwe qwaszx12 qazwsxedc
  qazwsxedcrfv qazwsx123 qazwsx12 qazqazqaz qazxswedc asdfghjk asdfghjkl asdfghjkl1 asdfghjkl123 asdfasdf
  asdfasdfasdf asdf1234 asdfqwer asdf4321 asdasdasd asdasd123 asdqwe123 asdfghjkl; zxcvbnm1 zxcvbnm123
  zxcvbnm,./ zxcvbnmasdfgh zxcvbnmzxcvbnm zxczxczxc zxcv1234 poiuytrewq lkjhgfdsa mnbvcxz1 mnbvcxzlkjhg
  abcd1234 abcd12345 abcd123456 abcdefgh abcdefghi abcdefghij abcdefghijkl abcdefg1 abcdefg123 abc12345
  abc123456 abc1234567 abc123abc abc123abc123 abcabcabc abcdabcd abcd4321 a1b2c3d4 a1b2c3d4e5 a1b2c3d4e5f6
  a1s2d3f4 a1s2d3f4g5 aa123456 aa12345678 aaaaaaaa aaaaaaaaaa aaaaaaaaaaaa a1234567 a12345678 a123456789
  a123456789b aaa11111 aaaa1111 asd12345 asd123456 123456aa 123456abc 123456789a 123456789q 123456789z
  12345678a 1234567a 1234567q 1234qwer 1234qwerasdf 1234abcd 12345qwert 12345qwerty 123qweasd 123qweasdzxc
  123qwe123 123qwe456 123qwe123qwe 123asd123 123abc123 q1234567 q12345678 q123456789 z1234567 z123456789
  iloveyou iloveyou1 iloveyou12 iloveyou123 iloveyou2 iloveyou! iloveyou3 iloveyouso iloveyousomuch
  iloveyouforever ilovegod ilovejesus ilovehim ilovemyself ilovemom ilovemydog ilovemusic iloveu123
  loveyou1 loveyou123 lovelove loveme123 lovers123 lovely123 mylove123 forever21 forever1 foreverlove
  princess princess1 princess12 princess123 sunshine sunshine1 sunshine12 sunshine123 football football1
  football12 football123 baseball baseball1 baseball12 baseball123 basketball basketball1 basketball23
  volleyball softball12 hockey123 soccer123 superman superman1 superman123 batman123 spiderman spiderman1
  spiderman123 ironman123 starwars starwars1 starwars123 pokemon123 pokemon1 naruto123 dragonball
  dragonballz dragon123 dragon12 dragon1234 monkey123 monkey12 monkey1234 shadow123 shadow12 master123
  master12 master1234 michael1 michael123 jennifer jennifer1 jessica1 jessica123 michelle michelle1
  ashley123 charlie1 charlie123 daniel123 jordan23 jordan123 anthony1 andrew123 thomas123 joshua123
  matthew1 nicole123 elizabeth elizabeth1 alexander alexander1 alexandra christian christian1 christopher
  christine stephanie stephanie1 samantha samantha1 victoria victoria1 veronica benjamin benjamin1
  jonathan jonathan1 nicholas nicholas1 william1 isabella isabella1 sebastian valentina gabriela fernando
  carolina angelica cristina alejandro francisco margarita daniela1 computer computer1 computer123
  internet internet1 internet123 samsung1 samsung123 iphone123 android123 google123 facebook facebook1
  facebook123 twitter123 instagram linkedin mastodon mastodon1 mastodon123 fediverse fediverse123 causeway
  causeway1 causeway123 microsoft windows10 windows123 whatever whatever1 whatever123 trustno1 trustnoone
  changeme changeme1 changeme12 changeme123 changemenow changethis changeit123 default1 default123
  defaultpassword temp1234 temp12345 temporary temporary1 temppassword test1234 test12345 test123456
  test123test testtest testtesttest testing1 testing123 testing12345 tester123 testpassword testuser
  testuser1 demo1234 demodemo demo123456 sample123 example1 example123 examplepassword guest123 guest1234
  guestguest user1234 user12345 useruser username username1 username123 admin123 admin1234 admin12345
  admin123456 admin@123 admin1234567 adminadmin adminadmin123 adminpass adminpassword administrator
  administrator1 administrator123 root1234 root12345 rootroot rootpassword toor1234 superuser supervisor
  manager1 operator1 security security1 secret123 secret12 secretpassword topsecret topsecret1 verysecret
  mysecret123 supersecret supersecret1 private1 access14 access123 letmein! openopen opensesame
  opensesame1 open1234 welcome1 welcome12 welcome123 welcome1234 welcome12345 welcome! welcome@123
  welcometo welcomehome hello123 hello1234 hello12345 hellohello helloworld helloworld1 helloworld123
  hellokitty hellokitty1 hello123hello goodbye1 goodluck goodmorning goodnight1 blessed1 blessing jesus123
  jesuschrist jesuslovesme jesusislord jesus1234 godisgood godislove godbless1 heaven123 angel123
  angels123 freedom1 freedom123 liberty1 america1 american1 canada123 mexico123 london123 newyork1
  newyork123 california chicago1 liverpool liverpool1 liverpool123 liverpoolfc manchester manutd123
  arsenal1 arsenal123 chelsea1 chelsea123 barcelona barcelona1 realmadrid realmadrid1 juventus cowboys1
  steelers steelers1 yankees1 lakers24 eagles123 packers1 redsox04 rangers1 patriots mustang1 mustang123
  corvette corvette1 ferrari1 mercedes mercedes1 porsche911 yamaha123 harley123 harleydavidson cheese123
  chocolate chocolate1 chocolate123 cookie123 cookies1 butterfly butterfly1 butterfly123 strawberry
  blueberry pineapple watermelon banana123 bananas1 orange123 cherry123 pepper123 ginger123 peanut123
  pumpkin1 pumpkin123 flower123 flowers1 rainbow1 rainbow123 sunflower sunflower1 summer123 summer12
  summer2020 summer2021 summer2022 summer2023 summer2024 summer2025 summer2026 winter123 winter2020
  winter2021 winter2022 winter2023 winter2024 winter2025 winter2026 spring2024 spring2025 spring2026
  autumn2024 autumn2025 autumn2026 december1 november1 october1 january1 september september1 february
  monday123 sunday123 friday123 purple123 yellow123 silver123 diamond1 diamond123 crystal1 golden123
  blink182 metallica metallica1 slipknot slipknot1 nirvana1 eminem123 beatles1 guitar123 music123
  musiclover lovemusic tigger123 tigger12 snoopy123 mickey123 minnie123 garfield scooby123 simpsons
  homer123 pikachu1 minecraft minecraft1 minecraft123 fortnite fortnite1 fortnite123 roblox123
  counterstrike warcraft warcraft1 starcraft playstation playstation1 playstation3 nintendo xbox3600
  xbox360live callofduty assassin1 killer123 hunter123 hunter12 ranger123 cowboy123 buster123 buddy123
  bailey123 maggie123 rocky123 lucky123 lucky777 77777777777 matrix123 phoenix1 phoenix123 merlin123
  gandalf1 thunder1 thunder123 lightning midnight midnight1 darkness moonlight starlight babygirl
  babygirl1 babygirl12 babygirl123 babyboy1 babyboy123 sweetheart sweetheart1 sweety123 honey123 beautiful
  beautiful1 gorgeous handsome happy123 happyday happiness happy1234 friends1 friends123 friendship
  bestfriend bestfriends mother123 father123 family123 family1234 sister123 brother1 brother123 daddy123
  mommy123 grandma1 myfamily mychildren jackson5 mustafa1 mohammed muhammad muhammad1 abdullah ahmed123
  ali12345 inshallah bismillah alhamdulillah assalamualaikum password01 password02 password10 password11
  password13 password21 password22 password23 password69 password77 password88 password99 password2
  password3 password4 password5 password7 password9 passwordpassword password2020 password2021
  password2022 password2023 password2024 password2025 password2026 password1234567 password12345678
  password123456789 password123! password@123 password#1 p@ssw0rd1 p@ssw0rd12 p@ssw0rd123 p@ssw0rd1234
  pass1234 pass12345 pass123456 pass@123 pass@word1 pass1word parola123 parola12 motdepasse motdepasse1
  motdepasse123 azertyuiop azertyuiop123 azerty123 azerty12 azerty1234 azerty123456 soleil123 bonjour1
  bonjour123 jetaime1 jetaime123 doudou123 loulou123 marseille marseille13 passwort passwort1 passwort123
  passwort1234 hallo123 hallo1234 hallohallo schatz123 schalke04 schalke1904 qwertz123 qwertz1234
  qwertzuiop qwertzuiop123 sommer2024 sommer2025 sommer2026 frankfurt contraseña contrasena contrasena1
  contrasena123 contraseña123 teamo123 tequiero tequiero1 tequieromucho estrella estrellita mariposa
  mariposa1 barcelona10 colombia colombia1 argentina argentina1 senha123 senha1234 senha12345 senha123456
  mudar123 brasil123 flamengo flamengo1 corinthians palmeiras saopaulo1 benfica1 portugal wachtwoord
  wachtwoord1 welkom01 welkom123 welkom1234 hejsan123 losenord losenord1 salasana salasana1 salasana123
  haslo123 haslo1234 haslo12345 polska123 kochamcie kochamcie1 misiek123 zaq12wsx1 heslo123 heslo1234
  slovensko jelszo123 jelszo1234 parool123 privet123 lubov123 lyubov123 gfhjkm123 ghbdtn123 qwerty12345678
  nikita123 natasha1 natasha123 andrey123 sergey123 vladimir vladimir1 dimasik1 marina123 zxcvbn123
  woaini1314 woaini520 woaini123 5201314520 1314520520 5201314a a5201314 woaini521 iloveyou520 wodemima
  mima1234 sayang123 sayangku bismillah1 bismillah123 indonesia indonesia1 jakarta123 rahasia1 rahasia123
  bangladesh pakistan pakistan1 pakistan123 india123 india1234 krishna1 krishna123 ganesh123 sairam123
  omsairam jaishreeram hanuman1 lakshmi123 anhyeuem anhyeuem1 anhyeuem123 matkhau1 matkhau123 vietnam123
  sakura123 tokyo1234 nihongo1 doraemon doraemon1 gundam123 korea1234 saranghae saranghae1 asdf1234!
  qwer1234! 1q2w3e4r! 1q2w3e4r5t! qwe123!@# !@#$%^&* !@#$%^&*() !@#$%^&*()_+ !@#$qwer abc123!@# 1234!@#$
  12345!@#$% 123456!@# correcthorse correcthorsebatterystaple correcthorsebattery thisismypassword
  thisisapassword thisispassword mypasswordis mypassword123 mypassword1234 mypassword12345 ilovemypassword
  passwordispassword letmeinletmein letmein12345 letmein123456 iloveyou1234 iloveyou12345 iloveyou123456
  iloveyouiloveyou sunshine1234 princess1234 football1234 baseball1234 superman1234 dragon123456
  monkey123456 master123456 welcome123456 administrator1234 trustno1trustno1 qwerty123456789
  qwertyuiop1234 qwertyuiop12345 1234567890qwerty 1234567890abc 1234567890a 123456789abc 123456789abcd
  123456789qwe 12345678qwer 123456qwerty 123456qwertyuiop q1w2e3r4t5y6u7 1q2w3e4r5t6y7u8i
  1q2w3e4r5t6y7u8i9o0p 1qaz2wsx3edc4rfv5tgb qazwsxedc123 qazwsxedcrfvtgb qweasdzxc1234 zxcvbnm123456
  asdfghjkl1234 asdfghjkl12345 asdfghjklqwerty abcdefghijklm abcdefghijklmnop abcdefghijklmnopqrstuvwxyz
  abcdefg12345 abcdefg123456 abc123456789 abc1234567890 a1b2c3d4e5f6g7 aaaaaaaaaaaaa 1111111111111
  0000000000000 1231231231234 123321123321 987654321987 9876543210123 012345678901 123456654321
  1234567887654321 111222333444 147147147147 159159159159 qwertyqwerty1 asdasdasdasd zxczxczxczxc
  qweqweqweqwe testtesttest1 passpasspass loveyouforever nevergiveup1 nevergiveup nevergiveup123
  anotherpassword secretpassword1 internetpassword defaultpassword1 changeme1234 changeme12345
  changemeplease pleasechangeme pleaseletmein`.split(/\s+/),
);

/** Look-alikes that people put for letters; guessers undo them as well. */
const LOOK_ALIKES: Readonly<Record<string, string>> = { "@": "a", $: "s", "0": "o", "3": "e", "!": "i" };

/**
 * True for a password that is among the first anybody would guess: a common one in any case, with digits or signs put
 * after it or look-alikes in it, one character or a short piece over and over, or a run such as `3456789`.
 */
export function isCommonPassword(password: string): boolean {
  const plain = password.normalize("NFKC").trim().toLowerCase();
  const bare = plain.replace(/[\d\W_]{1,6}$/u, "");
  const undone = (text: string) => text.replace(/[@$03!]/g, (sign) => LOOK_ALIKES[sign] ?? sign);
  const forms = [plain, bare, undone(plain), undone(bare)];
  return forms.some((form) => COMMON.has(form)) || isRepetition(plain) || isRun(plain);
}

/** One to four characters over and over. */
function isRepetition(text: string): boolean {
  return /^(.{1,4})\1+.{0,3}$/su.test(text) && new Set(text).size <= 4;
}

/** Each character the next or the one before in code order: `abcdefghijkl`, `9876543210`. */
function isRun(text: string): boolean {
  const codes = Array.from(text, (character) => character.codePointAt(0) ?? 0);
  const step = (codes[1] ?? 0) - (codes[0] ?? 0);
  return (
    codes.length >= 4 &&
    Math.abs(step) === 1 &&
    codes.every((code, at) => at === 0 || code - (codes[at - 1] ?? 0) === step)
  );
}
