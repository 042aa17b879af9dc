import type { Texts } from "../catalogue.ts";
import type { about as source } from "../en/about.ts";

export const about: Texts<typeof source> = {
  "about.tabs": "关于本站",
  "about.overview": "概览",
  "about.software": "软件",
  "about.no_contact": "尚未填写联系方式。",
  "about.terms_title": "使用条款",
  "about.terms_usual":
    "你在这里写下的内容，权利仍然属于你；你允许本站保存它、把它展示给你选择的人，并发送到他们所在的服务器。请遵守站规和法律。管理者可以移除违反站规的内容、终止账号。管理者会尽力维持本站运行，但不作保证。",
  "about.blocks_title": "被屏蔽的站点",
  "about.blocks_lead": "本站不接收来自这些站点的任何内容，也不向它们发送任何内容。",
  "about.blocks_none": "没有屏蔽任何站点。",
  "about.blocks_hidden": "本站管理者没有公开这份名单。",
  "about.blocks_allow": "本站只与管理者允许的站点往来。",
  "about.privacy_title": "隐私",
  "about.privacy_lead": "本站保存什么、为什么保存、保存多久。本页根据本站的实际设置生成。",
  "about.keeps": "保存的内容",
  "about.keeps_account":
    "你的用户名、加密后的密码或通行密钥的公开部分、你选择的语言；只有在你填写时才有邮箱。",
  "about.keeps_content": "你发布和上传的内容，直到你删除。图片会重新编码，位置、相机等隐藏信息都会去除。",
  "about.keeps_relations": "你关注、隐藏、拉黑了谁，点赞和收藏了什么，以及你的过滤规则和草稿。",
  "about.keeps_sessions":
    "你在哪里登录：浏览器类型和最近使用时间，最后一次使用后保存 {days} 天。数据库中不保存你设备的网络地址。",
  "about.keeps_logs": "日志只记录发生了什么，不记录你写的内容，也不记录访客的网络地址。",
  "about.times": "保存多久",
  "about.times_sessions": "登录状态",
  "about.times_sessions_value": "最后一次使用后 {idle} 天，最长 {absolute} 天",
  "about.times_uploads": "上传后没有发布的文件",
  "about.times_uploads_value": "一天",
  "about.times_activities": "发送给其他站点的内容副本",
  "about.times_activities_value": "{days} 天",
  "about.times_tombstones": "“已删除”的记录，避免内容重新出现",
  "about.times_tombstones_value": "{days} 天",
  "about.times_account": "已注销的账号",
  "about.times_account_value": "几小时内全部清除；只保留用户名，避免被别人冒用",
  "about.others": "还有谁能看到",
  "about.others_federation":
    "公开和悄悄公开的笔记会发送到粉丝和被提及者所在的服务器，并可能从那里被复制。仅粉丝或被提及者可见的笔记只发送到他们的服务器。删除时会请那些服务器一并删除，但它们不一定照做。",
  "about.others_closed": "本站只与管理者允许的站点往来。",
  "about.others_signed": "个人资料和笔记只提供给表明身份且未被屏蔽的服务器。",
  "about.others_media": "其他站点的图片由本站代为获取，对方服务器不知道是谁在看。",
  "about.others_none": "没有广告，不统计访客，也不从第三方加载任何东西。",
  "about.cookies": "Cookie",
  "about.cookies_text":
    "一个用来保持登录。其他的会记住你选择的语言和配色，以及你所在的其他站点（用到才会记住）。没有任何一个用来跟踪你。",
  "about.rights": "你的选择",
  "about.rights_text":
    "你可以在设置中修改或删除自己写的内容、搬到其他站点、注销账号。如有疑问，请联系本站管理者。",
};
