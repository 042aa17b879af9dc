import type { Texts } from "../catalogue.ts";
import type { readiness as source } from "../en/readiness.ts";

export const readiness: Texts<typeof source> = {
  "staff.group_lifeboat": "Si este servidor se pierde",
  "staff.readiness": "Preparación",
  "staff.readiness_hint": "Qué está listo, qué falta, un simulacro",
  "readiness.lead":
    "Qué pasaría si mañana desaparecieran este servidor, su alojamiento o su dominio, y qué puedes hacer hoy.",
  "readiness.today": "Si ocurriera hoy",
  "readiness.today_text":
    "Qué servidores dejan que su gente os siga depende de su programa, no de ti. La lista de abajo dice qué puedes mejorar.",
  "readiness.followers": "Seguidores de otros servidores",
  "readiness.with_keys": "Vendrían si se salvan las claves",
  "readiness.with_seals": "Vendrían solo con los mensajes sellados",
  "readiness.list": "La lista",
  "readiness.standby": "Un refugio",
  "readiness.distance": "Bastante lejos",
  "readiness.trustees": "Personas de confianza",
  "readiness.members": "Miembros que aceptaron",
  "readiness.seals": "Mensajes sellados",
  "readiness.phrases": "Frases de recuperación",
  "readiness.lifeboats": "Botes salvavidas",
  "readiness.peers": "Servidores que nos siguen",
  "readiness.backup": "Copia de seguridad",
  "readiness.drill": "Simulacro",
  "readiness.standby_none": "Ninguna otra comunidad ha aceptado acogeros. Todo lo demás depende de esto.",
  "readiness.standby_silent": "Hace más de un día que no se sabe nada de {partner}.",
  "readiness.standby_ok": "{partner} aceptó y responde.",
  "readiness.distance_none": "Todavía no hay refugio.",
  "readiness.distance_same":
    "El nombre del refugio termina en {ending}, como el vuestro: una sola autoridad podría quitaros los dos.",
  "readiness.distance_ok":
    "Los nombres terminan de forma distinta: ningún registro puede quitaros los dos. Comprueba que también cambien el país y el alojamiento.",
  "readiness.trustees_none": "No hay nadie nombrado que pueda decidir que este servidor se ha perdido.",
  "readiness.trustees_few": {
    one: "Hay una persona de confianza y hacen falta {threshold}. Mejor: de tres a siete, y más de la mitad, pero no todas.",
    many: "Hay {count} personas de confianza y hacen falta {threshold}. Mejor: de tres a siete, y más de la mitad, pero no todas.",
    other:
      "Hay {count} personas de confianza y hacen falta {threshold}. Mejor: de tres a siete, y más de la mitad, pero no todas.",
  },
  "readiness.trustees_ok": {
    one: "Hacen falta {threshold} de una persona de confianza.",
    many: "Hacen falta {threshold} de {count} personas de confianza.",
    other: "Hacen falta {threshold} de {count} personas de confianza.",
  },
  "readiness.members_share": "{count} de {all} miembros aceptaron que el refugio les guarde un sitio.",
  "readiness.seals_share": "{count} de {all} que aceptaron tienen mensajes sellados válidos.",
  "readiness.seals_stale": {
    one: "Los mensajes sellados de un miembro están anticuados y se hacen de nuevo.",
    many: "Los mensajes sellados de {count} miembros están anticuados y se hacen de nuevo.",
    other: "Los mensajes sellados de {count} miembros están anticuados y se hacen de nuevo.",
  },
  "readiness.phrases_share":
    "{count} de {all} miembros tienen su frase de recuperación en papel. Solo con ella se abren en otro sitio sus notas para seguidores.",
  "readiness.lifeboats_share":
    "{count} de {all} miembros hicieron un bote salvavidas en el último medio año.",
  "readiness.peers_none": "Todavía no os sigue nadie desde fuera.",
  "readiness.peers_share":
    "De {count} de {all} servidores con seguidores se sabe qué programa usan. A los demás se les avisaría de la forma más común.",
  "readiness.backup_none":
    "No hay ninguna copia en la carpeta de datos. Si las haces en otro lugar, esta línea no lo sabe.",
  "readiness.backup_age": {
    one: "La última tiene un día.",
    many: "La última tiene {count} días.",
    other: "La última tiene {count} días.",
  },
  "readiness.drill_none": "Nunca se ha probado. Un simulacro dura un minuto, más o menos.",
  "readiness.drill_age": {
    one: "El último salió bien, hace un día.",
    many: "El último salió bien, hace {count} días.",
    other: "El último salió bien, hace {count} días.",
  },
  "readiness.drill_failed": "El último no salió bien: mira abajo.",
  "readiness.drill_text":
    "En esta máquina arrancan tres servidores pequeños y dos se ponen de acuerdo. Uno se pierde, su refugio acoge a su gente y los seguidores del tercero van con ellos. No se toca nada tuyo ni se avisa a nadie.",
  "readiness.drill_start": "Empezar un simulacro",
  "readiness.seconds": "{seconds} s",
  "drill.start": "Arrancan los servidores",
  "drill.pair": "Dos se ponen de acuerdo",
  "drill.fill": "La gente escribe y acepta",
  "drill.follow": "Otros les siguen",
  "drill.replicate": "Las copias llegan al refugio",
  "drill.seal": "Se sellan los mensajes",
  "drill.lose": "Se pierde el primer servidor",
  "drill.decide": "Deciden las personas de confianza",
  "drill.launch": "El refugio abre",
  "drill.arrive": "Llegan los seguidores",
};
