/** Ends with the signal that ends a demo: Ctrl-C, SIGTERM, or the end of whoever started the process. */
export function untilSignal(): Promise<"ended"> {
  return new Promise((ended) => {
    for (const signal of ["SIGINT", "SIGTERM"] as const) process.on(signal, () => ended("ended"));
    process.once("disconnect", () => ended("ended"));
    process.channel?.unref();
  });
}
