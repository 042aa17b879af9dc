import type { Texts } from "../catalogue.ts";
import type { health as source } from "../en/health.ts";

export const health: Texts<typeof source> = {
  "health.do_configuration": "Falta una opción o es incorrecta. Corrígela y vuelve a iniciar el servidor.",
  "health.do_folder":
    "No se puede usar la carpeta con todos los datos, o la pueden mirar otras personas del equipo. Dásela al usuario que ejecuta el servidor, y a nadie más.",
  "health.do_disk":
    "Queda poco espacio. Quita copias antiguas o archivos que nada necesita, o consigue un disco mayor, antes de que no se pueda escribir.",
  "health.do_file_system":
    "La base de datos está en un disco al que se llega por la red. Lleva la carpeta de datos a un disco de este equipo.",
  "health.do_secret":
    "La clave que sella todas las demás puede ser leída por otras personas de este equipo, o falta. Ciérrala, o recupérala de una copia.",
  "health.do_files":
    "Los archivos subidos no se pueden escribir o leer donde se guardan. Comprueba la dirección y la clave del almacén.",
  "health.do_films": "Aquí no se puede trabajar con vídeo ni sonido. Se pueden seguir subiendo imágenes.",
  "health.do_database":
    "La base de datos no responde, está dañada o no puede ordenarse. Haz una copia ahora y reinicia lo que la retiene.",
  "health.do_schema":
    "La base de datos y el programa son de versiones distintas. Inicia una vez el programa más nuevo, o vuelve al que escribió la base de datos.",
  "health.do_jobs":
    "Hay trabajo que espera más de lo debido. Mira si está en marcha el servidor, o un proceso para el trabajo de fondo.",
  "health.do_dead":
    "Se abandonó algún trabajo tras muchos intentos. Míralo en la cola e inténtalo de nuevo o descártalo.",
  "health.do_clock":
    "El reloj de este equipo va mal. Activa su sincronización: otros servidores rechazan lo que llega de otra hora.",
  "health.do_address":
    "No se llega al servidor por su dirección pública. Comprueba el nombre, el certificado y el proxy que está delante.",
  "health.do_set_up": "El servidor aún no está preparado. Abre su enlace de preparación.",
  "health.do_found":
    "Otros servidores no encuentran a la gente de aquí. Comprueba que el proxy lo pase todo sin cambios.",
  "health.do_certificate": "El certificado ha caducado o caduca pronto. Mira por qué no se renueva solo.",
  "health.do_name":
    "El nombre de este servidor no lleva a ninguna parte. Añádele una dirección donde compraste el nombre.",
  "health.do_ipv6":
    "El nombre tiene una dirección IPv6, pero allí nadie responde. Quítala, o haz que el proxy escuche también allí.",
  "health.do_proxy":
    "El proxy que está delante admite archivos más pequeños que este servidor. Permite allí archivos mayores.",
  "health.do_streams":
    "Las aplicaciones no pueden mantener una línea abierta a través del proxy y preguntan una y otra vez. Haz que deje pasar esas líneas.",
  "health.do_public_clock":
    "Los relojes de este equipo y del proxy no coinciden. Activa la sincronización en ambos.",
  "health.do_visitors":
    "El servidor no distingue a los visitantes, o cree a cualquiera sobre de dónde viene. Nombra exactamente los proxies que tiene delante.",
  "health.do_caches":
    "Una caché intermedia confunde las páginas con lo que leen los servidores. Desactívala para este servidor, o haz que respete la cabecera Vary.",
};
