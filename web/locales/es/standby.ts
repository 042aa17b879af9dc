import type { Texts } from "../catalogue.ts";
import type { standby as source } from "../en/standby.ts";

export const standby: Texts<typeof source> = {
  "staff.standby": "Servidores de reserva",
  "staff.standby_hint": "Quién acoge a tu gente si este servidor se pierde, y a quién acogerías tú",
  "concern.standby_asked": {
    one: "Un servidor te pide que seas su reserva.",
    many: "{count} de servidores te piden que seas su reserva.",
    other: "{count} servidores te piden que seas su reserva.",
  },
  "concern.standby_fault": {
    one: "Ahora mismo no se copia nada a un servidor de reserva.",
    many: "Ahora mismo no se copia nada a {count} de servidores de reserva.",
    other: "Ahora mismo no se copia nada a {count} servidores de reserva.",
  },
  "standby.lead":
    "Un servidor de reserva es otro servidor, de personas en quienes confías, mejor en otro país y con otro proveedor. Guarda copias para los miembros que dijeron que sí, para que ellos y sus seguidores sigan allí si este servidor se pierde.",
  "standby.none": "Todavía no hay ningún acuerdo con otro servidor.",
  "standby.home_title": "Servidores que son reserva de este",
  "standby.standby_title": "Servidores de los que este es reserva",
  "standby.asked_title": "Preguntas de otros servidores",
  "standby.ended_title": "Terminados",
  "standby.asked_text":
    "{partner} te pide que seas su reserva. Si aceptas, este servidor guarda copias de lo que escriben sus miembros y tiene preparada para cada uno una cuenta que nadie ve. Si {partner} se pierde, esas cuentas se abren aquí y sus seguidores las siguen.",
  "standby.state_offered": "Esperando respuesta",
  "standby.state_asked": "Esperando tu respuesta",
  "standby.state_agreed": "En vigor",
  "standby.state_ended": "Terminado",
  "standby.fault_unreachable":
    "No responde. Lo que cambia aquí se guarda y se enviará cuando vuelva a responder.",
  "standby.fault_refused": "Rechaza lo que se le envía. Pregunta a quienes lo llevan.",
  "standby.fault_full": "El espacio acordado allí está lleno. Haz un nuevo acuerdo con más espacio.",
  "standby.fault_head":
    "Dice que tiene algo distinto de lo que se le envió. No se envía nada hasta aclararlo: pregunta a quienes lo llevan o empieza de nuevo.",
  "standby.fault_uri": "Nombra cuentas que no son suyas y no se le cree. No se envía nada hasta aclararlo.",
  "standby.fault_launched": "Le dijeron que este servidor se ha perdido y ya no lo escucha.",
  "standby.room": "Espacio máximo",
  "standby.used": "Usado",
  "standby.scope": "Qué se copia",
  "standby.scope_public": "Notas públicas",
  "standby.scope_followers":
    "Notas públicas, y notas para seguidores cerradas con la frase de recuperación de cada miembro",
  "standby.trustees": "Quién puede decidir que el servidor se ha perdido",
  "standby.trustees_none": "Nadie por todos; cada miembro por sí mismo",
  "standby.trustees_some": {
    one: "{threshold} de una persona de confianza",
    many: "{threshold} de {count} de personas de confianza juntas",
    other: "{threshold} de {count} personas de confianza juntas",
  },
  "standby.wait": "Tiempo entre esa decisión y la mudanza",
  "standby.hours": { one: "una hora", many: "{count} de horas", other: "{count} horas" },
  "standby.since": "Acordado",
  "standby.seen": "Último contacto",
  "standby.never": "Nunca",
  "standby.members": "Miembros que participan",
  "standby.members_kept": "{count}, de ellos {kept} con una cuenta esperando allí",
  "standby.copies": "Copias aquí",
  "standby.copies_text": "{notes} notas, {files} archivos",
  "standby.agree": "Aceptar",
  "standby.decline": "Rechazar",
  "standby.take_back": "Retirar la pregunta",
  "standby.end": "Terminar este acuerdo",
  "standby.start_over": "Empezar de nuevo",
  "standby.end_title": "¿Terminar el acuerdo con {partner}?",
  "standby.end_home":
    "No se envía nada más y se renuncia a las cuentas que esperan a tus miembros. {partner} borra sus copias en dos semanas.",
  "standby.end_standby":
    "{partner} pierde su reserva y se le avisa. Las copias de aquí se guardan dos semanas y después se borran.",
  "standby.invite_title": "Preguntar a otro servidor",
  "standby.invite_text":
    "Su propietario ve tu pregunta con todo lo de abajo y acepta o rechaza. Si ya tienes un acuerdo con ese servidor, el nuevo lo sustituye.",
  "standby.address": "Dirección del otro servidor",
  "standby.followers": "Copiar también las notas para seguidores",
  "standby.followers_hint":
    "Cerradas con la frase de recuperación de quien las escribió; la reserva no puede leerlas. Las de miembros sin frase se quedan aquí.",
  "standby.gigabytes": "Espacio máximo, en gigabytes",
  "standby.trustee_keys": "Personas de confianza",
  "standby.trustee_keys_hint":
    "Quienes juntas pueden decidir que este servidor se ha perdido, una identidad (did:key:…) por línea. La encuentran en Ajustes, Bote salvavidas. Sin ellas, cada miembro solo puede irse por sí mismo.",
  "standby.threshold": "Cuántas hacen falta",
  "standby.wait_hours": "Horas en que todos pueden ver la decisión antes de que pase algo",
  "standby.ask": "Preguntar a este servidor",
  "standby.newcomers_title": "Quienes se unen",
  "standby.newcomers": "Preguntar a quienes se unen si una reserva puede guardar copias para ellos",
  "standby.newcomers_hint": "La respuesta es no hasta que digan que sí.",
  "standby.fault_address": "Escribe la dirección de otro servidor, como otro.example.",
  "standby.fault_number": "Escribe un número entero dentro de lo permitido.",
  "standby.fault_trustees": "Escribe hasta 25 identidades distintas que empiecen por did:key:z.",
  "standby.fault_threshold": "No pueden hacer falta más personas de las que hay.",
  "standby.error_no_server": "En esa dirección no responde ningún servidor Causeway que pueda ser reserva.",
  "standby.error_document": "El acuerdo no dice lo que se preguntó.",
  "standby.error_signature": "La firma del acuerdo no coincide.",
  "standby.error_ended": "Este acuerdo ha terminado.",
  "standby.error_busy": "Allí ya esperan respuesta demasiados servidores.",
  "standby.own_title": "Adónde ir si este servidor se pierde",
  "standby.own_text":
    "Este servidor tiene un acuerdo con otro. Si dices que sí, guarda una copia de lo que escribes y te tiene preparada una cuenta que nadie ve. Si este servidor se pierde, tus seguidores de la mayoría de los servidores te siguen allí por sí solos.",
  "standby.own_yes": "{server} guarda una copia para ti.",
  "standby.own_no": "{server} no guarda nada tuyo.",
  "standby.own_handle": "La cuenta que te espera es {handle}.",
  "standby.own_waiting": "La cuenta se está preparando allí.",
  "standby.own_public":
    "Se copia: tu perfil, tus notas públicas con sus imágenes y cuántas personas te siguen desde cada servidor.",
  "standby.own_sealed": "También se copia: tus notas para seguidores, cerradas con tu frase de recuperación.",
  "standby.own_unsealed":
    "Tus notas para seguidores no se copian, porque no tienes frase de recuperación. Puedes crearla en esta página.",
  "standby.own_never":
    "Nunca se copia: notas directas, tu dirección, tu contraseña, lo que otros te escribieron.",
  "standby.own_decide": {
    one: "{threshold} de una persona de confianza puede decidir que este servidor se ha perdido; tras {hours} horas se mudan todos los que dijeron que sí. Siempre puedes irte tú con tu frase.",
    many: "{threshold} de {count} de personas de confianza juntas pueden decidir que este servidor se ha perdido; tras {hours} horas se mudan todos los que dijeron que sí. Siempre puedes irte tú con tu frase.",
    other:
      "{threshold} de {count} personas de confianza juntas pueden decidir que este servidor se ha perdido; tras {hours} horas se mudan todos los que dijeron que sí. Siempre puedes irte tú con tu frase.",
  },
  "standby.own_alone": "Nadie puede mudarte más que tú, con tu frase de recuperación.",
  "standby.own_agree": "Sí, guardar una copia",
  "standby.own_withdraw": "Ya no, borrar todo allí",
  "standby.own_withdrawn": "Al retirarlo se borran allí tus copias y la cuenta que espera.",
  "standby.welcome": "Guardar una copia de lo que escribo en {server}, por si este servidor se pierde",
  "standby.welcome_hint": "Puedes cambiar de idea cuando quieras en Ajustes, Bote salvavidas.",
};
