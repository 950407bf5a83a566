import { mkdir, readFile, rm, writeFile } from 'node:fs/promises'
import path from 'node:path'
import { Secret } from '../lib/secret.ts'
import { CliError, type Io } from './io.ts'

const DEFAULT_URL = 'http://127.0.0.1:2020'

export interface Session {
  /** The URL of the gateway, without a trailing slash. */
  url: string
  token: Secret
}

/** The gateway that commands use: `--url`, `SLUICE_URL`, the one that was signed in to last, or the default. */
export async function gatewayUrl(io: Io, option: string | undefined): Promise<string> {
  return (option ?? io.env.SLUICE_URL ?? (await load(io))?.url ?? DEFAULT_URL).replace(/\/+$/, '')
}

/**
 * `SLUICE_SESSION`, or the session that `sluice login` stored for this gateway.
 * @throws CliError if there is neither
 */
export async function currentSession(io: Io, option: string | undefined): Promise<Session> {
  const url = await gatewayUrl(io, option)
  if (io.env.SLUICE_SESSION) return { url, token: new Secret(io.env.SLUICE_SESSION) }
  const kept = await load(io)
  // A session is sent only to the gateway that issued it, not to another one that a variable names.
  if (kept?.url !== url) throw new CliError(`Not signed in to ${url}. Run: sluice login`)
  return { url, token: new Secret(kept.token) }
}

/** Stores the session in a file that only its owner can read. Returns the path of the file. */
export async function keepSession(io: Io, { url, token }: Session): Promise<string> {
  const file = fileOf(io)
  await mkdir(path.dirname(file), { recursive: true, mode: 0o700 })
  // The file is created again, because an existing file would keep its mode.
  await rm(file, { force: true })
  await writeFile(file, `${JSON.stringify({ url, token: token.reveal() })}\n`, { mode: 0o600 })
  return file
}

export async function forgetSession(io: Io): Promise<void> {
  await rm(fileOf(io), { force: true })
}

async function load(io: Io): Promise<{ url: string; token: string } | undefined> {
  try {
    return JSON.parse(await readFile(fileOf(io), 'utf8')) as { url: string; token: string }
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined
    throw new CliError(`${fileOf(io)} cannot be read: ${(error as Error).message}`)
  }
}

function fileOf(io: Io): string {
  return path.join(io.env.XDG_CONFIG_HOME ?? path.join(io.home, '.config'), 'sluice', 'session.json')
}
