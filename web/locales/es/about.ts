import type { Texts } from "../catalogue.ts";
import type { about as source } from "../en/about.ts";

export const about: Texts<typeof source> = {
  "about.tabs": "Acerca de este servidor",
  "about.overview": "Resumen",
  "about.software": "Software",
  "about.no_contact": "Aún no se ha indicado ningún contacto.",
  "about.terms_title": "Condiciones de uso",
  "about.terms_usual":
    "Quien escribe aquí conserva todos los derechos sobre lo que escribe, y permite que este servidor lo guarde, lo muestre a quienes va dirigido y lo envíe a los servidores de esas personas. Respeta las normas y la ley. El equipo del servidor puede retirar lo que incumpla las normas y cerrar cuentas. Hace lo que puede para que el servidor siga en marcha, y no promete nada.",
  "about.blocks_title": "Servidores bloqueados",
  "about.blocks_lead": "Este servidor no acepta nada de ellos ni les envía nada.",
  "about.blocks_none": "No hay ningún servidor bloqueado.",
  "about.blocks_hidden": "El equipo de este servidor no publica la lista.",
  "about.blocks_allow": "Este servidor solo habla con los servidores que sus propietarios han permitido.",
  "about.privacy_title": "Privacidad",
  "about.privacy_lead":
    "Qué guarda este servidor, por qué y durante cuánto tiempo. Esta página se deriva de cómo está configurado.",
  "about.keeps": "Qué se guarda",
  "about.keeps_account":
    "Tu nombre de usuario, una forma cifrada de tu contraseña o la mitad pública de una llave de acceso, los idiomas que elegiste y, solo si la diste, una dirección de correo.",
  "about.keeps_content":
    "Lo que escribes y subes, hasta que lo elimines. Las imágenes se vuelven a codificar: se quitan el lugar, la cámara y otros datos ocultos.",
  "about.keeps_relations":
    "A quién sigues, silencias y bloqueas, lo que te gusta y lo que guardas, tus filtros y borradores.",
  "about.keeps_sessions":
    "Dónde tienes la sesión iniciada: tipo de navegador y último uso, hasta {days} días después. En la base de datos no se guarda ninguna dirección de tus dispositivos.",
  "about.keeps_logs":
    "Los mensajes del registro dicen qué ocurrió, no lo que escribiste, y no llevan direcciones de visitantes.",
  "about.times": "Durante cuánto tiempo",
  "about.times_sessions": "Sesiones",
  "about.times_sessions_value": "{idle} días desde el último uso, {absolute} días como máximo",
  "about.times_uploads": "Archivos subidos que nunca se publicaron",
  "about.times_uploads_value": "un día",
  "about.times_activities": "Copias de lo enviado a otros servidores",
  "about.times_activities_value": "{days} días",
  "about.times_tombstones": "Que algo se eliminó, para que no vuelva",
  "about.times_tombstones_value": "{days} días",
  "about.times_account": "Una cuenta eliminada",
  "about.times_account_value":
    "todo, en unas horas; solo el nombre queda reservado, para que nadie más pueda tomarlo",
  "about.others": "Quién más lo ve",
  "about.others_federation":
    "Las notas públicas y no listadas van a los servidores de tus seguidores y de las personas que mencionas, y desde allí se pueden copiar. Las notas para seguidores o personas mencionadas van solo a sus servidores. Al eliminar algo, se pide a esos servidores que también lo eliminen; puede que no lo hagan.",
  "about.others_closed": "Este servidor solo habla con los servidores que sus propietarios han permitido.",
  "about.others_signed":
    "Los perfiles y las notas solo se muestran a servidores que se identifican y no están bloqueados.",
  "about.others_media":
    "Este servidor trae por ti las imágenes de otros lugares: sus servidores no saben quién las mira.",
  "about.others_none": "No hay publicidad ni se cuentan las visitas, y no se carga nada de terceros.",
  "about.cookies": "Cookies",
  "about.cookies_text":
    "Una mantiene tu sesión iniciada. Otras recuerdan el idioma y los colores que elegiste y, si lo usas, tu servidor de otro lugar. Ninguna te sigue.",
  "about.rights": "Lo que tú decides",
  "about.rights_text":
    "Puedes cambiar o eliminar lo que escribiste, irte a otro servidor y eliminar tu cuenta, todo en los ajustes. Si tienes preguntas, escribe al equipo del servidor.",
};
