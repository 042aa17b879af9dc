import type { Texts } from "../catalogue.ts";
import type { about as source } from "../en/about.ts";

export const about: Texts<typeof source> = {
  "about.tabs": "關於本站",
  "about.overview": "總覽",
  "about.software": "軟體",
  "about.no_contact": "尚未提供聯絡方式。",
  "about.terms_title": "使用條款",
  "about.terms_usual":
    "你在這裡寫下的內容，權利仍屬於你；你同意本站儲存這些內容、顯示給你選擇的對象，並傳送到他們所在的伺服器。請遵守站規與法律。管理者可以移除違反站規的內容，也可以終止帳號。管理者會盡力維持本站運作，但不作任何保證。",
  "about.blocks_title": "已封鎖的伺服器",
  "about.blocks_lead": "本站不接收這些伺服器的任何內容，也不向它們傳送任何內容。",
  "about.blocks_none": "沒有封鎖任何伺服器。",
  "about.blocks_hidden": "本站管理者未公開這份名單。",
  "about.blocks_allow": "本站只與管理者許可的伺服器往來。",
  "about.privacy_title": "隱私權",
  "about.privacy_lead": "本站保存什麼、為什麼保存，以及保存多久。本頁依本站的實際設定產生。",
  "about.keeps": "保存的內容",
  "about.keeps_account":
    "你的使用者名稱、加密處理過的密碼或密碼金鑰的公開部分、你選擇的語言；有填寫才會保存電子郵件地址。",
  "about.keeps_content": "你發表和上傳的內容，直到你刪除為止。圖片會重新編碼，並移除位置、相機等隱藏資訊。",
  "about.keeps_relations": "你追蹤、靜音、封鎖了誰，按讚和加入書籤的內容，以及你的過濾規則和草稿。",
  "about.keeps_sessions":
    "你在哪裡登入：瀏覽器種類和最近使用的時間，最後一次使用後保存 {days} 天。資料庫不保存你裝置的網路位址。",
  "about.keeps_logs": "紀錄檔只寫下發生了什麼事，不包含你寫的內容，也不包含訪客的網路位址。",
  "about.times": "保存多久",
  "about.times_sessions": "登入狀態",
  "about.times_sessions_value": "最後一次使用後 {idle} 天，最長 {absolute} 天",
  "about.times_uploads": "上傳後沒有發表的檔案",
  "about.times_uploads_value": "一天",
  "about.times_activities": "傳送給其他伺服器的內容副本",
  "about.times_activities_value": "{days} 天",
  "about.times_tombstones": "「已刪除」的紀錄，避免內容再次出現",
  "about.times_tombstones_value": "{days} 天",
  "about.times_account": "已刪除的帳號",
  "about.times_account_value": "幾個小時內全部清除；只保留使用者名稱，避免被他人冒用",
  "about.others": "還有誰看得到",
  "about.others_federation":
    "公開和悄悄公開的貼文，會傳送到追蹤者和被提及者所在的伺服器，並可能從那裡被複製。僅限追蹤者或被提及者的貼文，只會傳送到他們的伺服器。刪除時會請那些伺服器一併刪除，但它們不一定照做。",
  "about.others_closed": "本站只與管理者許可的伺服器往來。",
  "about.others_signed": "個人檔案和貼文只提供給表明身分且未被封鎖的伺服器。",
  "about.others_media": "其他伺服器的圖片由本站代為取得，對方不會知道是誰在看。",
  "about.others_none": "沒有廣告，不統計訪客，也不從第三方載入任何東西。",
  "about.cookies": "Cookie",
  "about.cookies_text":
    "一個用來保持登入。其他的會記住你選擇的語言和配色，以及你所在的其他伺服器（有用到才會記住）。沒有任何一個用來追蹤你。",
  "about.rights": "你的選擇",
  "about.rights_text":
    "你可以在設定中修改或刪除自己寫的內容、搬到其他伺服器，或刪除帳號。如有疑問，請聯絡本站管理者。",
};
