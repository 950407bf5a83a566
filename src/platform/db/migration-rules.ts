import type pg from 'pg'
import { rulesOf } from './migrations.ts'

// An older version does not have the scripts of the migrations that a newer one applied. Their rules for older code are
// therefore stored in the database.

/** Created here and not by a migration, because it must exist whichever migrations a database has. */
const CREATE = `
  create table if not exists migration_rule (
    migration text not null,
    compatible_with text not null,
    constraint migration_rule_pkey primary key (migration))`

const KEEP = `
  insert into migration_rule (migration, compatible_with)
  select * from unnest($1::text[], $2::text[]) on conflict (migration) do nothing`

type Queryable = Pick<pg.Client, 'query'>

/** Stores the rules of these applied migrations for older code. */
export async function keepRules(client: Queryable, scripts: ReadonlyMap<string, string>): Promise<void> {
  const rules = [...scripts].flatMap(([name, script]) => {
    const { compatibleWith } = rulesOf(script)
    return compatibleWith === undefined ? [] : [[name, compatibleWith] as const]
  })
  await client.query(CREATE)
  await client.query(KEEP, [rules.map(([name]) => name), rules.map(([, compatibleWith]) => compatibleWith)])
}

/**
 * Returns the migrations that this version does not know and may not run on.
 * @param newest the newest migration of this version
 */
export async function incompatible(
  client: Queryable,
  unknown: readonly string[],
  newest: string | undefined
): Promise<string[]> {
  const { rows: tables } = await client.query<{ there: boolean }>(
    `select to_regclass('migration_rule') is not null as there`
  )
  if (!tables[0]?.there) return [...unknown]
  const { rows } = await client.query<{ migration: string }>(
    `select migration from migration_rule where migration = any($1) and compatible_with <= $2 collate "C"`,
    [unknown, newest ?? '']
  )
  const compatible = new Set(rows.map(({ migration }) => migration))
  return unknown.filter((name) => !compatible.has(name))
}

/** The message for a database with migrations on which this version may not run, named by `names`. */
export function newerSchemaMessage(names: readonly string[]): string {
  return (
    `The database is ahead of this version: it has ${named(names)}, on which this version may not run. ` +
    'Start the newer version, or use another database.'
  )
}

/** The names of migrations for a sentence: `migration "a", "b"`. */
export function named(names: readonly string[]): string {
  return `migration ${names.map((name) => `"${name}"`).join(', ')}`
}
