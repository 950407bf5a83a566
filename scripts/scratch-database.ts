import { chmod, mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { startEmbedded } from '../src/platform/db/embedded/embedded.ts'
import { migrate } from '../src/platform/db/migrate.ts'
import { createLog } from '../src/platform/log/log.ts'

/** A temporary database server. Disposing stops it and removes its files. */
export interface ScratchDatabase extends AsyncDisposable {
  url: string
  /** Starts the server again, at the same address, after it was stopped. */
  restart(): Promise<void>
}

export interface ScratchOptions {
  /** Whether a commit waits for the disk. Default: true. */
  durable?: boolean
  /** Folder of the migrations. Default: those of the project. */
  migrations?: string
}

/** Starts a separate database server on loopback, and migrates it. */
export async function openScratchDatabase(
  name: string,
  { durable = true, migrations }: ScratchOptions = {}
): Promise<ScratchDatabase> {
  await using stack = new AsyncDisposableStack()
  const folder = await mkdtemp(path.join(tmpdir(), `sluice-${name}-`))
  stack.defer(() => rm(folder, { recursive: true, force: true }))
  // As root, the server runs as another user. A folder that this user cannot enter would be replaced by one in
  // /var/lib, which nobody would remove.
  await chmod(folder, 0o711)
  const start = () => startEmbedded({ dataDir: path.join(folder, 'db'), log: createLog({ level: 'fatal' }), durable })
  let server = await start()
  stack.defer(() => server.stop())
  const { url } = server
  await migrate({ url, ...(migrations === undefined ? {} : { folder: migrations }) })
  const kept = stack.move()
  return {
    url,
    async restart() {
      await server.stop()
      server = await start()
      if (server.url !== url) throw new Error('the database came back elsewhere: what follows says nothing')
    },
    [Symbol.asyncDispose]: () => kept.disposeAsync()
  }
}
