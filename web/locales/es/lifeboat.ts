import type { Texts } from "../catalogue.ts";
import type { lifeboat as source } from "../en/lifeboat.ts";

export const lifeboat: Texts<typeof source> = {
  "settings.lifeboat": "Bote salvavidas",
  "settings.lifeboat_hint": "Llévate todo lo que es tuyo y demuestra que lo es",
  "lifeboat.lead":
    "Un bote salvavidas es un solo archivo con todo lo que es tuyo aquí: tus notas, imágenes, listas y perfil. Con él puedes empezar de nuevo en otro servidor, aunque este ya no exista.",
  "lifeboat.phrase_title": "Tu frase de recuperación",
  "lifeboat.phrase_none":
    "Todavía no tienes una frase de recuperación. Son doce palabras en un papel que demuestran quién eres cuando este servidor ya no pueda hacerlo.",
  "lifeboat.phrase_since":
    "Tienes una frase de recuperación desde el {date}. Tu perfil nombra la clave que hay detrás, para que otros te reconozcan en otro lugar.",
  "lifeboat.phrase_key": "Tu clave, a la vista de todos",
  "lifeboat.phrase_make": "Crear una frase de recuperación",
  "lifeboat.phrase_replace": "Crear otra",
  "lifeboat.phrase_lead":
    "Verás doce palabras, una sola vez. Escríbelas en papel y guárdalas donde guardas las cosas importantes. Este servidor no las guarda: nadie podrá dártelas de nuevo, y quien las encuentre podrá actuar en tu nombre.",
  "lifeboat.phrase_warn":
    "Ya tienes una frase. Una nueva ocupará su lugar: los servidores que conocen la anterior quizá pregunten a tus seguidores si sigues siendo tú.",
  "lifeboat.phrase_shown_title": "Escribe estas palabras ahora",
  "lifeboat.phrase_shown":
    "En este orden, en papel. Cuando salgas de esta página habrán desaparecido. Son palabras inglesas en todos los idiomas, para que cualquier programa las lea.",
  "lifeboat.phrase_written": "Ya las he escrito",
  "lifeboat.phrase_ask":
    "Escribe tres de las palabras de tu papel, para que ambos sepamos que se puede leer.",
  "lifeboat.word": "Palabra {place}",
  "lifeboat.phrase_use": "Usar esta frase",
  "lifeboat.phrase_again": "Muéstrame las palabras otra vez",
  "lifeboat.files_title": "Tus botes salvavidas",
  "lifeboat.files_empty": "Todavía no has hecho ninguno.",
  "lifeboat.files_kept":
    "Aquí se guardan los tres últimos, cada uno durante {days} días. Descárgalos: lo que está en este servidor se hunde con él.",
  "lifeboat.number": "Bote salvavidas {seq}",
  "lifeboat.state_waiting": "en espera",
  "lifeboat.state_making": "en preparación",
  "lifeboat.state_ready": "listo",
  "lifeboat.state_failed": "falló",
  "lifeboat.state_removed": "eliminado",
  "lifeboat.done": "{percent} % hecho",
  "lifeboat.look": "Mirar de nuevo",
  "lifeboat.goes": "se elimina de aquí el {date}",
  "lifeboat.download": "Descargar",
  "lifeboat.remove": "Eliminar",
  "lifeboat.stop": "Detener",
  "lifeboat.make": "Hacer un bote salvavidas",
  "lifeboat.busy": "Se está preparando uno. Puedes salir de esta página; sigue sin ti.",
  "lifeboat.again": "Podrás hacer el siguiente el {date}.",
  "lifeboat.new_lead": "Se prepara en segundo plano y aquí verás cuándo está listo. Uno al día.",
  "lifeboat.closing": "Ciérralo",
  "lifeboat.closing_passphrase": "Con una contraseña larga",
  "lifeboat.closing_passphrase_hint":
    "La eliges abajo. Sin ella nadie abre el archivo, y no podremos ayudarte.",
  "lifeboat.closing_phrase": "Con mi frase de recuperación",
  "lifeboat.closing_phrase_hint": "No tienes que escribirla ahora; la necesitarás para abrir el archivo.",
  "lifeboat.closing_open": "Sin cerrar",
  "lifeboat.closing_open_hint": "Quien tenga el archivo podrá leerlo, incluidas tus notas para seguidores.",
  "lifeboat.passphrase": "Contraseña larga",
  "lifeboat.passphrase_hint": "Al menos {min} caracteres; lo mejor son varias palabras. No se guarda aquí.",
  "lifeboat.followers_only": "Notas que solo ven mis seguidores",
  "lifeboat.followers": "La lista de quienes me siguen",
  "lifeboat.followers_hint":
    "Solo sirve si apruebas a tus seguidores: un servidor nuevo puede dejar entrar a las mismas personas.",
  "lifeboat.keys": "Las claves secretas de mi cuenta",
  "lifeboat.keys_hint":
    "Con ellas se puede llamar a tus seguidores a un nuevo hogar aunque este servidor se pierda. Quien las consiga puede hablar por ti: solo en un bote cerrado.",
  "lifeboat.sign": "Frase de recuperación, para firmar",
  "lifeboat.sign_hint":
    "Opcional. Firmado con ella, el archivo demuestra que es tuyo aunque este servidor ya no exista. Las palabras se usan una vez y no se guardan.",
  "lifeboat.inside_title": "Qué hay dentro",
  "lifeboat.inside_notes":
    "Tus notas públicas con sus fechas, idiomas e hilos, cada una con una prueba de que es tuya",
  "lifeboat.inside_media": "Tus imágenes, vídeos y grabaciones con sus descripciones",
  "lifeboat.inside_lists": "A quién sigues, silencias y bloqueas, tus listas, marcadores y filtros",
  "lifeboat.inside_kit":
    "En uno cerrado: los mensajes que llaman a tus seguidores a un nuevo hogar, cuando haya un servidor de reserva acordado",
  "lifeboat.outside_title": "Qué no hay",
  "lifeboat.outside_direct": "Conversaciones privadas: también son de otras personas",
  "lifeboat.outside_others": "Lo que escribieron otras personas, aunque lo hayas impulsado o te haya gustado",
  "lifeboat.outside_server": "Tu contraseña, tu correo y los secretos de este servidor",
  "lifeboat.verify_title": "Compruébalo en cualquier lugar",
  "lifeboat.verify_text":
    "La línea de órdenes de Causeway comprueba un bote sin red alguna y nombra el primer archivo que alguien cambió.",
  "lifeboat.fault_room": "No hay espacio suficiente en el disco del servidor.",
  "lifeboat.fault_secrets":
    "Tardó demasiado y ya no está aquello con lo que debía cerrarse y firmarse. Pídelo de nuevo, por favor.",
  "lifeboat.fault_unknown":
    "Algo salió mal aquí. Pídelo de nuevo; si vuelve a fallar, avisa a quienes llevan este servidor.",
  "lifeboat.fault_files": "Hay más imágenes y vídeos de los que caben en un bote.",
  "error.lifeboat_busy": "Ya se está preparando un bote salvavidas.",
  "error.lifeboat_daily": "Un bote salvavidas al día. Vuelve mañana, por favor.",
  "error.phrase_expired":
    "Estas palabras estuvieron demasiado tiempo en la página. Crea otras nuevas, por favor.",
  "field.passphrase_short": "Usa al menos {min} caracteres, por favor.",
  "field.keys_open": "Las claves secretas solo van en un bote cerrado.",
  "field.phrase_wrong":
    "Estas no son doce palabras de una frase de recuperación. Busca un error al escribir, por favor.",
  "field.phrase_other": "Es una frase de recuperación, pero no la tuya aquí.",
  "field.phrase_none": "Todavía no tienes una frase de recuperación.",
  "field.word_wrong": "Esa no es la palabra {place}. Mira tu papel, por favor.",
  "lifeboat_fault.not_lifeboat": "Este archivo no es un bote salvavidas.",
  "lifeboat_fault.needs_passphrase": "Este bote está cerrado con una contraseña larga.",
  "lifeboat_fault.needs_phrase": "Este bote está cerrado con una frase de recuperación.",
  "lifeboat_fault.wrong_secret": "Eso no abre este bote.",
  "lifeboat_fault.seal_broken": "El cierre de este bote está roto: el archivo fue alterado o cortado.",
  "lifeboat_fault.seal_broken_in": "El cierre está roto en {file}: el archivo fue alterado o cortado ahí.",
  "lifeboat_fault.truncated": "El archivo termina en medio de {file}: falta el resto.",
  "lifeboat_fault.altered": "{file} fue alterado.",
  "lifeboat_fault.missing": "Falta {file}.",
  "lifeboat_fault.extra": "{file} no pertenece ahí: no está en la lista firmada.",
  "lifeboat_fault.twice": "{file} está dos veces.",
  "lifeboat_fault.kind":
    "{file} no es un archivo normal, sino un enlace, una carpeta, un dispositivo u otra cosa que ningún bote contiene.",
  "lifeboat_fault.name": "{file} es un nombre que ningún bote contiene.",
  "lifeboat_fault.too_many_files": "Enumera más de {max} archivos, y ningún bote tiene tantos.",
  "lifeboat_fault.too_large": "{file} es más grande de lo que se admite.",
  "lifeboat_fault.line_too_long": "La nota {line} es más larga de lo que puede ser una nota.",
  "lifeboat_fault.newer": "Este bote lo hizo un Causeway más nuevo. Usa ese para leerlo, por favor.",
  "lifeboat_fault.proof": "{file} no está firmado con la clave que nombra.",
  "lifeboat_fault.foreign_proof":
    "{file} no está firmado solo por esta persona y su servidor: fue alterado o lo hizo otra persona.",
  "lifeboat_fault.foreign_note": "La nota {line} es de otra persona.",
  "lifeboat_fault.note_proof":
    "La nota {line} no está firmada por su autor: fue alterada o la escribió otra persona.",
  "lifeboat_fault.counts": "Contiene otro número de notas o archivos del que dice.",
};
