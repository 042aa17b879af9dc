import type { Texts } from "../catalogue.ts";
import type { frozen as source } from "../en/frozen.ts";

export const frozen: Texts<typeof source> = {
  "notification.frozen": "{name} 的账号发生了变化，但没有经过其恢复密钥确认。请你来决定怎么办",
  "frozen.title": "需要核实的人",
  "frozen.lead":
    "你关注了这些人。他们的账号发生了变化，却没有经过他们自己的恢复密钥确认。在你决定之前，不会显示他们的新内容。",
  "frozen.empty": "没有需要决定的事。",
  "frozen.open": "去决定",
  "frozen.key":
    "对方的服务器现在使用的密钥与以前不同。可能是服务器修复或恢复过，也可能是别人占用了它的地址。",
  "frozen.did": "对方现在出示的恢复密钥，与你当初认识时的不同。",
  "frozen.move": "据称对方已经搬到下面这个账号，但没有经过其恢复密钥确认：",
  "frozen.held": "这里的其他人已经接受了这次变化。在你决定之前，你的关注暂停。",
  "frozen.ask": "如果可以，请先通过别的方式问问本人，再做决定。",
  "frozen.keep": "确实是本人，继续关注",
  "frozen.keep_move": "确实是本人，关注新账号",
  "frozen.unfollow": "取消关注",
  "frozen.later": "以后再问我",
  "error.frozen_changed": "在此期间又有了别的变化。请重新看过再决定。",
};
