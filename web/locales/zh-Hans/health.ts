import type { Texts } from "../catalogue.ts";
import type { health as source } from "../en/health.ts";

export const health: Texts<typeof source> = {
  "health.do_configuration": "有选项缺失或有误。请改正后重新启动服务器。",
  "health.do_folder":
    "存放所有数据的文件夹不能使用，或者这台机器上的其他人可以查看。请只把它交给运行服务器的用户。",
  "health.do_disk": "剩余空间不多了。请在无法写入之前删除旧备份或没有用的文件，或者换更大的磁盘。",
  "health.do_file_system": "数据库放在通过网络访问的磁盘上。请把数据文件夹移到本机的磁盘。",
  "health.do_secret":
    "封存其他所有密钥的那把密钥能被这台机器上的其他人读取，或者不见了。请收紧权限，或从备份中找回。",
  "health.do_files": "上传的文件在存放处无法写入或读取。请检查存储的地址和密钥。",
  "health.do_films": "这里无法处理视频和声音。成员仍然可以上传图片。",
  "health.do_database": "数据库没有回应、已损坏，或无法整理。请现在就备份，并重启占用它的程序。",
  "health.do_schema": "数据库和软件的版本不同。请启动一次较新的软件，或换回写入该数据库的版本。",
  "health.do_jobs": "有工作等得太久了。请看看服务器或后台进程是否在运行。",
  "health.do_dead": "有些工作多次尝试后被放弃了。请在队列中查看，重试或丢弃。",
  "health.do_clock": "这台机器的时钟不准。请打开时间同步：其他服务器会拒绝时间不对的内容。",
  "health.do_address": "通过公开地址访问不到服务器。请检查域名、证书和前面的代理。",
  "health.do_set_up": "服务器还没有设置好。请打开它的设置链接。",
  "health.do_found": "其他服务器找不到这里的人。请确认代理把一切原样转交。",
  "health.do_certificate": "证书已过期或即将过期。请查看它为什么没有自动更新。",
  "health.do_name": "这台服务器的域名没有指向任何地方。请在购买域名的地方添加地址。",
  "health.do_ipv6": "域名有 IPv6 地址，但那里没有回应。请删除它，或让代理也在那里监听。",
  "health.do_proxy": "前面的代理允许的文件比这台服务器小。请在那里允许更大的文件。",
  "health.do_streams": "应用无法通过代理保持连接，只好一再询问。请让代理放行这类连接。",
  "health.do_public_clock": "这台机器和代理的时钟不一致。请在两边都打开时间同步。",
  "health.do_visitors": "服务器分不清访客，或者任何人说自己从哪里来它都相信。请准确写明前面有哪些代理。",
  "health.do_caches":
    "中间的缓存把网页和服务器读取的内容弄混了。请为这台服务器关闭缓存，或让它遵守 Vary 标头。",
};
