import type { Texts } from "../catalogue.ts";
import type { health as source } from "../en/health.ts";

export const health: Texts<typeof source> = {
  "health.do_configuration": "有選項缺少或有誤。請改正後重新啟動伺服器。",
  "health.do_folder":
    "存放所有資料的資料夾不能使用，或這台機器上的其他人可以查看。請只把它交給執行伺服器的使用者。",
  "health.do_disk": "剩餘空間不多了。請在無法寫入之前刪除舊備份或沒有用的檔案，或換更大的磁碟。",
  "health.do_file_system": "資料庫放在透過網路存取的磁碟上。請把資料夾移到本機的磁碟。",
  "health.do_secret":
    "封存其他所有金鑰的那把金鑰能被這台機器上的其他人讀取，或不見了。請收緊權限，或從備份中找回。",
  "health.do_files": "上傳的檔案在存放處無法寫入或讀取。請檢查儲存空間的位址和金鑰。",
  "health.do_films": "這裡無法處理影片和聲音。成員仍然可以上傳圖片。",
  "health.do_database": "資料庫沒有回應、已損壞，或無法整理。請現在就備份，並重新啟動佔用它的程式。",
  "health.do_schema": "資料庫和軟體的版本不同。請啟動一次較新的軟體，或換回寫入該資料庫的版本。",
  "health.do_jobs": "有工作等得太久了。請看看伺服器或背景程序是否在執行。",
  "health.do_dead": "有些工作多次嘗試後被放棄了。請在佇列中查看，重試或捨棄。",
  "health.do_clock": "這台機器的時鐘不準。請開啟時間同步：其他伺服器會拒絕時間不對的內容。",
  "health.do_address": "透過公開位址連不到伺服器。請檢查網域名稱、憑證和前面的代理。",
  "health.do_set_up": "伺服器還沒有設定好。請開啟它的設定連結。",
  "health.do_found": "其他伺服器找不到這裡的人。請確認代理把一切原樣轉交。",
  "health.do_certificate": "憑證已過期或即將過期。請查看它為什麼沒有自動更新。",
  "health.do_name": "這台伺服器的網域名稱沒有指向任何地方。請在購買網域名稱的地方加上位址。",
  "health.do_ipv6": "網域名稱有 IPv6 位址，但那裡沒有回應。請移除它，或讓代理也在那裡接聽。",
  "health.do_proxy": "前面的代理允許的檔案比這台伺服器小。請在那裡允許更大的檔案。",
  "health.do_streams": "應用程式無法透過代理保持連線，只好一再詢問。請讓代理放行這類連線。",
  "health.do_public_clock": "這台機器和代理的時鐘不一致。請在兩邊都開啟時間同步。",
  "health.do_visitors": "伺服器分不清訪客，或任何人說自己從哪裡來它都相信。請準確寫明前面有哪些代理。",
  "health.do_caches":
    "中間的快取把網頁和伺服器讀取的內容弄混了。請為這台伺服器關閉快取，或讓它遵守 Vary 標頭。",
};
