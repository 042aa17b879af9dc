import type { Texts } from "../catalogue.ts";
import type { clients as source } from "../en/clients.ts";

export const clients: Texts<typeof source> = {
  "error.token": "La aplicación ya no tiene sesión. Vuelve a entrar desde la aplicación.",
  "error.token_of_app": "Para esto hace falta haber entrado.",
  "error.scope": "No has permitido que la aplicación haga esto.",
  "error.params": "La aplicación ha enviado algo que no se puede leer.",
  "error.body_too_large": "Es demasiado grande para enviarlo.",
};
