import { once } from 'node:events'
import type pg from 'pg'
import { from as copyFrom } from 'pg-copy-streams'
import { ADVISORY_LOCKS } from '../../../lib/advisory-locks.ts'
import { connect } from './connect.ts'
import { columnsOf, type Manifest, readTables, type RowCounts, type Table } from './contents.ts'
import { BackupError, type FrameReader, readFrames } from './frames.ts'

export interface LoadOptions {
  /** The URL of the owner of the tables. The database must have the migrations of the manifest, and no rows. */
  url: string
  /** The output of {@link dump}. */
  source: AsyncIterable<Buffer>
  /** Runs in the same transaction, after all rows were written. */
  adjust(client: pg.ClientBase): Promise<void>
}

/** Reads a backup to its end without loading it. @throws BackupError if it is incomplete or damaged */
export async function inspect(source: AsyncIterable<Buffer>): Promise<{ manifest: Manifest; counts: RowCounts }> {
  const frames = readFrames(source)
  const manifest = await readManifest(frames)
  for (const _ of manifest.tables) while ((await frames.next()).length > 0);
  const counts = JSON.parse((await frames.next()).toString()) as RowCounts
  await frames.end()
  return { manifest, counts }
}

/**
 * Writes a backup into the tables of an empty database, in one transaction: all of it or nothing. Triggers are disabled
 * meanwhile, and foreign keys are checked at the end.
 * @returns the number of rows by table
 */
export async function load({ url, source, adjust }: LoadOptions): Promise<RowCounts> {
  const client = await connect(url, 'sluice restore')
  try {
    await client.query('select pg_advisory_lock($1)', [ADVISORY_LOCKS.migrations])
    const frames = readFrames(source)
    const { tables, sequences } = await readManifest(frames)
    await client.query('begin')
    const made = await readTables(client)
    await refuseRows(client, made)
    const keys = await dropForeignKeys(client)
    const counts: RowCounts = {}
    for (const table of tables) {
      const name = client.escapeIdentifier(table.name)
      await client.query(`alter table ${name} disable trigger user`)
      await renewPartitions(client, table, made)
      counts[table.name] = await copyInto(client, table, frames)
    }
    const expected = JSON.parse((await frames.next()).toString()) as RowCounts
    await frames.end()
    for (const { name } of tables)
      if (counts[name] !== expected[name])
        throw new BackupError(`The table ${name} has ${counts[name]} rows, and the backup ${expected[name]}.`)
    for (const { name, value } of sequences)
      await client.query(`select setval(format('%I', $1::text)::regclass, $2)`, [name, value])
    for (const add of keys) await client.query(add)
    await adjust(client)
    for (const { name } of tables)
      await client.query(`alter table ${client.escapeIdentifier(name)} enable trigger user`)
    await client.query('commit')
    await client.query('analyze')
    return counts
  } finally {
    await client.end()
  }
}

async function readManifest(frames: FrameReader): Promise<Manifest> {
  const text = (await frames.next()).toString()
  const manifest = (text.startsWith('{') ? JSON.parse(text) : {}) as Partial<Manifest>
  if (manifest.format !== 1) throw new BackupError('The file is no backup of this program, or of a newer version.')
  return manifest as Manifest
}

async function refuseRows(client: pg.Client, tables: readonly Table[]): Promise<void> {
  for (const { name } of tables) {
    const { rowCount } = await client.query(`select from ${client.escapeIdentifier(name)} limit 1`)
    if (rowCount !== 0) throw new BackupError('The database is not empty. A backup is restored into an empty one.')
  }
}

/** @returns the statements that add the foreign keys again */
async function dropForeignKeys(client: pg.Client): Promise<string[]> {
  const { rows } = await client.query<{ drop: string; add: string }>(`
    select format('alter table %s drop constraint %I', conrelid::regclass, conname) as drop,
           format('alter table %s add constraint %I %s', conrelid::regclass, conname, pg_get_constraintdef(oid)) as add
      from pg_constraint
     where contype = 'f' and conparentid = 0 and connamespace = current_schema()::regnamespace`)
  for (const { drop } of rows) await client.query(drop)
  return rows.map(({ add }) => add)
}

/**
 * Gives a partitioned table the partitions of the backup. Partitions that the migrations made and the backup has too
 * stay, with the names of their indexes, to which a later migration may refer.
 */
async function renewPartitions(client: pg.Client, { name, partitions }: Table, made: readonly Table[]): Promise<void> {
  const existing = made.find((table) => table.name === name)?.partitions ?? []
  const isIn = (list: Table['partitions'], { name, bound }: Table['partitions'][number]): boolean =>
    list.some((other) => other.name === name && other.bound === bound)
  for (const old of existing)
    if (!isIn(partitions, old)) await client.query(`drop table ${client.escapeIdentifier(old.name)}`)
  for (const partition of partitions) {
    if (isIn(existing, partition)) continue
    const [table, parent] = [client.escapeIdentifier(partition.name), client.escapeIdentifier(name)]
    await client.query(`create table ${table} partition of ${parent} ${partition.bound}`)
  }
}

async function copyInto(client: pg.Client, table: Table, frames: FrameReader): Promise<number> {
  const name = client.escapeIdentifier(table.name)
  const stream = client.query(copyFrom(`copy ${name} (${columnsOf(client, table)}) from stdin`))
  const finished = once(stream, 'finish')
  // The error is handled where the promise is awaited, which is later.
  finished.catch(() => {})
  for (let lines = await frames.next(); lines.length > 0; lines = await frames.next())
    if (!stream.write(lines)) await Promise.race([once(stream, 'drain'), finished])
  stream.end()
  await finished
  return stream.rowCount
}
