/** The two databases. */
export type Dialect = "sqlite" | "postgres";
