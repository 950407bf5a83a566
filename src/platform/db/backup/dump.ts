import { to as copyTo } from 'pg-copy-streams'
import { connect } from './connect.ts'
import { columnsOf, type Manifest, readApplied, readSequences, readTables, type RowCounts } from './contents.ts'
import { BackupError, frame } from './frames.ts'

export interface DumpOptions {
  /** Of a role that may read everything. */
  url: string
  version: string
  now: number
  /** Kept in the manifest. */
  extra: Record<string, string>
  /** Told at the end. */
  onDone?(counts: RowCounts): void
}

/**
 * Everything that the product keeps in its database, as one moment saw it, while others go on writing: a manifest, the
 * lines of each table by `COPY`, and the count of its rows.
 * @throws BackupError if the database is not one of the product
 */
export async function* dump({ url, version, now, extra, onDone }: DumpOptions): AsyncGenerator<Buffer> {
  const client = await connect(url, 'sluice backup')
  try {
    // Sequences do not belong to the snapshot: read within it, they are as far as its rows or farther.
    await client.query('begin isolation level repeatable read read only')
    const { rowCount } = await client.query(`select where to_regclass('_prisma_migrations') is not null`)
    if (rowCount === 0) throw new BackupError('The database is empty: there is nothing to back up.')
    const tables = await readTables(client)
    // No migration changes them meanwhile. Others read and write.
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
      // A partitioned table can be copied as a query only.
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
