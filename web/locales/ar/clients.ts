import type { Texts } from "../catalogue.ts";
import type { clients as source } from "../en/clients.ts";

export const clients: Texts<typeof source> = {
  "error.token": "لم يعد التطبيق مسجّلًا للدخول. سجّل الدخول من التطبيق مجددًا.",
  "error.token_of_app": "يتطلّب هذا تسجيل الدخول.",
  "error.scope": "لم يُسمح للتطبيق بفعل هذا.",
  "error.params": "أرسل التطبيق شيئًا لا يمكن قراءته.",
  "error.body_too_large": "هذا أكبر من أن يُرسل.",
};
