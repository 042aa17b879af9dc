import type { Texts } from "../catalogue.ts";
import type { frozen as source } from "../en/frozen.ts";

export const frozen: Texts<typeof source> = {
  "notification.frozen": "{name} 的帳號發生了變化，但沒有經過其復原金鑰確認。請你決定怎麼處理",
  "frozen.title": "需要確認的人",
  "frozen.lead":
    "你追蹤了這些人。他們的帳號發生了變化，卻沒有經過他們自己的復原金鑰確認。在你決定之前，不會顯示他們的新內容。",
  "frozen.empty": "沒有需要決定的事。",
  "frozen.open": "前往決定",
  "frozen.key":
    "對方的伺服器現在使用的金鑰與以前不同。可能是伺服器修復或還原過，也可能是別人取得了它的位址。",
  "frozen.did": "對方現在出示的復原金鑰，與你當初認識時的不同。",
  "frozen.move": "據稱對方已經搬到下面這個帳號，但沒有經過其復原金鑰確認：",
  "frozen.held": "這裡的其他人已經接受了這次變化。在你決定之前，你的追蹤暫停。",
  "frozen.ask": "如果可以，請先透過別的方式問問本人，再做決定。",
  "frozen.keep": "確實是本人，繼續追蹤",
  "frozen.keep_move": "確實是本人，追蹤新帳號",
  "frozen.unfollow": "取消追蹤",
  "frozen.later": "以後再問我",
  "error.frozen_changed": "這段期間又有了別的變化。請重新看過再決定。",
};
