import type { Texts } from "../catalogue.ts";
import type { messages as source } from "../en/messages.ts";

export const messages: Texts<typeof source> = {
  "messages.title": "Mensajes",
  "messages.lead": "Notas privadas, en conversaciones.",
  "messages.who": "Quién puede escribirte",
  "messages.left": "Abandonadas",
  "messages.none": "Todavía no hay conversaciones.",
  "messages.none_left": "No has abandonado ninguna conversación.",
  "messages.with": "Conversación con {names}",
  "messages.unread": "Nuevo",
  "messages.open": "Abrir",
  "messages.mark_read": "Marcar como leída",
  "messages.mark_unread": "Marcar como no leída",
  "messages.leave": "Abandonar esta conversación",
  "messages.back": "Volver a esta conversación",
  "messages.from": "Quién puede escribirte en privado",
  "messages.from_hint":
    "Las respuestas a lo que escribes y a las conversaciones que empezaste llegan siempre. Nadie sabe qué eliges.",
  "messages.from_everyone": "Todo el mundo",
  "messages.from_everyone_hint": "Hasta donde lo permitan tus ajustes de avisos.",
  "messages.from_followed": "La gente a la que sigues",
  "messages.from_followed_hint": "Lo que escriban otros espera hasta que los dejes pasar.",
  "messages.from_nobody": "Nadie",
  "messages.from_nobody_hint": "No te enteras de nada que no hayas pedido.",
};
