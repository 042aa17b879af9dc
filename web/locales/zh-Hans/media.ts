import type { Texts } from "../catalogue.ts";
import type { media as source } from "../en/media.ts";

export const media: Texts<typeof source> = {
  "focus.middle": "中间",
  "focus.top": "上部",
  "focus.bottom": "下部",
  "focus.left": "左侧",
  "focus.right": "右侧",
  "media.duration": "{name}，{duration}",
  "media.alt": "描述",
  "media.no_alt": "没有文字描述的图片",
  "media.image": "图片",
  "media.video": "视频",
  "media.audio": "音频",
  "media.file": "文件",
  "media.strip": "{count} 张图片",
};
