import type { Texts } from "../catalogue.ts";
import type { admin as source } from "../en/admin.ts";

export const admin: Texts<typeof source> = {
  "admin.description": "Descripción",
  "admin.description_hint": "Una o dos frases: qué es este lugar y para quién.",
  "admin.rules": "Normas",
  "admin.rules_hint": "Markdown. Se aceptan al crear una cuenta.",
  "admin.contact": "Correo de contacto",
  "admin.contact_hint": "Se muestra en la página Acerca de.",
  "admin.join_mode": "Quién puede entrar",
  "join_mode.invite": "Con invitación",
  "join_mode.invite_hint": "Puede crear una cuenta quien tenga un enlace de invitación.",
  "join_mode.open": "Todo el mundo",
  "join_mode.open_hint": "Cualquiera puede crear una cuenta.",
  "join_mode.closed": "Nadie",
  "join_mode.closed_hint": "Ahora mismo no se pueden crear cuentas.",
};
