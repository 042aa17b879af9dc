import type { Texts } from "../catalogue.ts";
import type { moderation as source } from "../en/moderation.ts";

export const moderation: Texts<typeof source> = {
  "report.title": "Denunciar a {handle}",
  "report.lead": "El equipo del servidor lo revisará. No se avisa a la persona que denuncias.",
  "report.category": "¿Qué pasa?",
  "report_category.spam": "Es spam",
  "report_category.violation": "Incumple las normas",
  "report_category.legal": "Va contra la ley",
  "report_category.other": "Otra cosa",
  "report.comment": "¿Qué deberían saber?",
  "report.comment_hint": "Hasta {max} caracteres.",
  "report.forward": "Avisar también al otro servidor",
  "report.forward_hint": "El equipo de {host} recibe lo que escribiste, pero no tu nombre.",
  "report.submit": "Enviar denuncia",
  "report.sent_title": "Gracias",
  "report.sent":
    "Tu denuncia se ha enviado. No hace falta que esperes: puedes silenciar o bloquear a esta persona.",
  "report.back": "Volver",
  "reports.resolved": "Resueltas",
  "reports.empty": "Aquí no hay nada.",
  "reports.about": "Sobre {name}",
  "reports.by_member": "de {name}",
  "reports.by_nobody": "de alguien que se ha ido",
  "reports.by_server": "del servidor {host}",
  "reports.forwarded": "Se avisó a {host}",
  "reports.no_comment": "Se envió sin comentarios.",
  "reports.thing": "Nota denunciada {position}",
  "reports.reopen": "Volver a abrir",
};
