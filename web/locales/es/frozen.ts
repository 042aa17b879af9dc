import type { Texts } from "../catalogue.ts";
import type { frozen as source } from "../en/frozen.ts";

export const frozen: Texts<typeof source> = {
  "notification.frozen":
    "Algo cambió en la cuenta de {name} sin su clave de recuperación. Tú decides qué hacer",
  "frozen.title": "Personas por comprobar",
  "frozen.lead":
    "Sigues a estas personas. Algo cambió en sus cuentas y su propia clave de recuperación no lo confirmó. Hasta que decidas, no verás nada nuevo de ellas.",
  "frozen.empty": "No hay nada que decidir.",
  "frozen.open": "Decidir",
  "frozen.key":
    "Su servidor responde ahora con otras claves. Puede que lo hayan reparado o restaurado. También puede que otra persona se haya quedado con su dirección.",
  "frozen.did": "Ahora muestra una clave de recuperación distinta de la que tenía cuando la conociste.",
  "frozen.move": "Se dice que se mudó a esta cuenta, pero su clave de recuperación no lo confirmó:",
  "frozen.held":
    "Otras personas de aquí creen en el cambio. Tu seguimiento queda en pausa hasta que decidas.",
  "frozen.ask": "Si puedes, pregúntale por otro medio antes de decidir.",
  "frozen.keep": "Es realmente esa persona: seguir como antes",
  "frozen.keep_move": "Es realmente esa persona: seguir la cuenta nueva",
  "frozen.unfollow": "Dejar de seguir",
  "frozen.later": "Preguntar más tarde",
  "error.frozen_changed": "Mientras tanto cambió algo más. Vuelve a mirarlo antes de decidir.",
};
