import type { Texts } from "../catalogue.ts";
import type { withholding as source } from "../en/withholding.ts";

/** What the law keeps from readers of some countries. */
export const withholding: Texts<typeof source> = {
  "staff.withholdings": "Exigencias legales",
  "staff.withholdings_hint": "Lo que la ley de un país oculta a quienes visitan desde allí, y a nadie más",
  "error.withheld": "La ley de tu país te oculta esto.",
  "withheld.title": "No se muestra en tu país",
  "withheld.note":
    "Una exigencia legal oculta esta nota a quienes están en {countries}. Sigue ahí y se ve en el resto del mundo.",
  "withheld.person":
    "Una exigencia legal oculta este perfil a quienes están en {countries}. Sigue ahí y se ve en el resto del mundo.",
  "withheld.short": "No se muestra aquí: exigencia legal en {countries}.",
  "withheld.elsewhere": "Oculto a quienes están en {countries} por una exigencia legal.",
  "withheld.why": "Por qué",
  "withheld.wrong":
    "¿País equivocado? Solo sabemos lo que la red dice de tu dirección. Quien llega por Tor, o de donde no se sabe, lo ve todo.",
  "withheld.appeal":
    "Quien lo escribió puede apelar la decisión en los ajustes. Cualquiera puede escribir a quienes llevan este servidor: {contact}",
  "withheld.list_title": "Lo que la ley oculta en algunos países",
  "withheld.list_lead":
    "Exigencias legales que sigue {server}, cada una solo donde vale. No se borra nada y los demás servidores lo reciben todo. Consta también en el registro público.",
  "withheld.list_empty": "No hay ninguna.",
  "withheld.in_force": "En vigor",
  "withheld.ended": "Terminadas",
  "withheld.about_note": "Una nota",
  "withheld.about_person": "Un perfil con todas sus notas",
  "withheld.fact_countries": "Dónde no se muestra",
  "withheld.fact_basis": "Con qué fundamento",
  "withheld.fact_ref": "Orden o ley",
  "withheld.fact_requester": "Quién lo exige",
  "withheld.fact_facts": "Qué ocurrió",
  "withheld.fact_received": "Recibida",
  "withheld.fact_since": "En vigor desde",
  "withheld.fact_ends": "Hasta",
  "withheld.fact_ended": "Terminó",
  "withheld.until_lifted": "hasta que se levante",
  "basis.court_order": "Orden judicial",
  "basis.government_request": "Exigencia de una autoridad",
  "basis.terms": "Normas de este servidor",
  "basis.age": "Protección de menores",
  "log.what_court_order": "Orden judicial",
  "log.what_government_request": "Exigencia de una autoridad",
  "log.what_terms": "Normas de este servidor",
  "log.what_age": "Protección de menores",
  "log.what_expired": "Su plazo terminó",
  "withholdings.lead":
    "Una exigencia legal vale solo donde vale su ley: quien visita desde allí lee por qué no ve nada y los demás ven la nota. Consta en el registro público y se avisa a quien la escribió.",
  "withholdings.no_header":
    "Este servidor no sabe de dónde vienen las visitas, así que no se oculta nada a nadie: pon en CAUSEWAY_COUNTRY_HEADER la cabecera de tu proxy.",
  "withholdings.new": "Anotar una exigencia",
  "withholdings.object": "Dirección de la nota o de la persona",
  "withholdings.object_hint":
    "Tal como está en la barra de direcciones, o @nombre@servidor. Solo lo que cualquiera puede ver.",
  "withholdings.countries": "Países, con dos letras cada uno",
  "withholdings.countries_hint": "Por ejemplo DE, FR. Cuantos menos, mejor: solo donde vale la exigencia.",
  "withholdings.ref_hint":
    "Número y fecha de la orden, y la ley. Lo lee todo el mundo: no nombres a particulares.",
  "withholdings.requester_hint": "Qué tribunal o autoridad, ningún particular",
  "withholdings.authority": "Página de la autoridad",
  "withholdings.facts_hint": "Lo lee todo el mundo, también quien lo escribió",
  "withholdings.notice": "Aviso en {language}",
  "withholdings.notice_title": "Lo que leen las visitas, si no bastan las palabras habituales",
  "withholdings.until": "Hasta, si termina por sí sola",
  "field.no_countries": "No son códigos de país: {codes}. Dos letras para cada uno, como DE.",
  "withholdings.place": "Ocultarlo en esos países",
  "withholdings.lift": "Levantar",
  "withholdings.done_place": "Ahora está oculto allí.",
  "withholdings.done_lift": "Vuelve a mostrarse en todas partes.",
  "withholdings.read": "Leer el aviso",
};
