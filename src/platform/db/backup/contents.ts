import type pg from 'pg'

/** A table of the product, with the columns that hold data. */
export interface Table {
  name: string
  columns: string[]
  /** The partitions of a partitioned table, with their bounds in SQL; else empty. */
  partitions: { name: string; bound: string }[]
}

export interface Sequence {
  name: string
  /** The last number that it returned. */
  value: string
}

/** The first frame of a backup. */
export interface Manifest {
  format: 1
  /** The version of the program that made it. */
  version: string
  at: string
  /** The migrations of the database, in order. */
  migrations: string[]
  tables: Table[]
  sequences: Sequence[]
  /** Further values of the caller. */
  extra: Record<string, string>
}

/** The last frame: the number of rows by table. */
export type RowCounts = Record<string, number>

/**
 * All tables but those that the migrations maintain. The tables of the queue are in another schema; restored runs are
 * queued again.
 */
const TABLES = `
  select c.relname as name,
         (select array_agg(a.attname::text order by a.attnum) from pg_attribute a
           where a.attrelid = c.oid and a.attnum > 0 and not a.attisdropped and a.attgenerated = '') as columns,
         coalesce((select json_agg(json_build_object('name', p.relname, 'bound', pg_get_expr(p.relpartbound, p.oid))
                                   order by p.relname)
                     from pg_inherits i join pg_class p on p.oid = i.inhrelid
                    where i.inhparent = c.oid and c.relkind = 'p'), '[]') as partitions
    from pg_class c join pg_namespace n on n.oid = c.relnamespace
   where n.nspname = current_schema() and c.relkind in ('r', 'p') and not c.relispartition
     and c.relname not in ('_prisma_migrations', 'migration_rule')
     and not exists (select from pg_depend d where d.objid = c.oid and d.deptype = 'e')
   order by c.relname`

/** The tables of the product in the current schema, by name, with their columns and partitions. */
export async function readTables(client: pg.ClientBase): Promise<Table[]> {
  return (await client.query<Table>(TABLES)).rows
}

/**
 * The sequences that have returned a number, with the last one as text, because it may exceed the precision of a
 * double.
 */
export async function readSequences(client: pg.ClientBase): Promise<Sequence[]> {
  const { rows } = await client.query<Sequence>(`
    select sequencename as name, last_value::text as value from pg_sequences
     where schemaname = current_schema() and last_value is not null order by 1`)
  return rows
}

/** The names of the applied migrations, in order. */
export async function readApplied(client: pg.ClientBase): Promise<string[]> {
  const { rows } = await client.query<{ name: string }>(`
    select migration_name as name from _prisma_migrations
     where finished_at is not null and rolled_back_at is null order by migration_name`)
  return rows.map(({ name }) => name)
}

/** The columns of a table as SQL: escaped, between commas. */
export function columnsOf(client: pg.ClientBase, { columns }: Table): string {
  return columns.map((column) => client.escapeIdentifier(column)).join(', ')
}
