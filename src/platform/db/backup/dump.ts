import { to as copyTo } from 'pg-copy-streams'
import { connect } from './connect.ts'
import { columnsOf, type Manifest, readApplied, readSequences, readTables, type RowCounts } from './contents.ts'
import { BackupError, frame } from './frames.ts'

export interface DumpOptions {
  /** The URL of a role that may read everything. */
  url: string
  version: string
  now: number
  /** Stored in the manifest. */
  extra: Record<string, string>
  /** Called at the end. */
  onDone?(counts: RowCounts): void
}

/**
 * Dumps everything that the product stores in its database, from one snapshot, while others go on writing: a manifest,
 * the lines of each table as `COPY` writes them, and the number of rows of each table.
 * @throws BackupError if the database is not one of the product
 */
export async function* dump({ url, version, now, extra, onDone }: DumpOptions): AsyncGenerator<Buffer> {
  const client = await connect(url, 'sluice backup')
  try {
    // Sequences are not part of the snapshot. Read after it was taken, they are never behind its rows.
    await client.query('begin isolation level repeatable read read only')
    const { rowCount } = await client.query(`select where to_regclass('_prisma_migrations') is not null`)
    if (rowCount === 0) throw new BackupError('The database is empty: there is nothing to back up.')
    const tables = await readTables(client)
    // Keeps migrations from changing the tables meanwhile. Others can still read and write.
    const names = tables.map(({ name }) => client.escapeIdentifier(name))
    await client.query(`lock table ${names.join(', ')} in access share mode`)
    const manifest: Manifest = {
      format: 1,
      version,
      at: new Date(now).toISOString(),
      migrations: await readApplied(client),
      tables,
      sequences: await readSequences(client),
      extra
    }
    yield frame(JSON.stringify(manifest))
    const counts: RowCounts = {}
    for (const table of tables) {
      const name = client.escapeIdentifier(table.name)
      // A partitioned table can only be copied through a query.
      const stream = client.query(copyTo(`copy (select ${columnsOf(client, table)} from ${name}) to stdout`))
      for await (const lines of stream as AsyncIterable<Buffer>) if (lines.length > 0) yield frame(lines)
      yield frame('')
      counts[table.name] = stream.rowCount
    }
    yield frame(JSON.stringify(counts))
    await client.query('commit')
    onDone?.(counts)
  } finally {
    await client.end()
  }
}
