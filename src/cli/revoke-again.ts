import { readFile } from 'node:fs/promises'
import type { Client } from '../client/index.ts'
import { CliError } from './io.ts'

/** The most ids of one call. */
const IDS_MAX = 1_000
const TOKEN_ID = /^tok_[0-9A-Za-z]{1,60}$/

/**
 * After a restore, revokes the tokens that the audit log of the lost database says were revoked.
 * @param file the output of `sluice --json admin audit`
 * @returns how many tokens the file names, and how many of them still worked
 * @throws CliError if the file is something else
 */
export async function revokeAgain(
  client: Client,
  file: string,
  reason: string
): Promise<{ named: number; revoked: number }> {
  const ids = revokedTokens(await readLines(file))
  let revoked = 0
  for (let at = 0; at < ids.length; at += IDS_MAX) {
    const body = { ids: ids.slice(at, at + IDS_MAX), reason }
    revoked += (await client.POST('/v1/admin/tokens/revoke', { body })).revoked ?? 0
  }
  return { named: ids.length, revoked }
}

async function readLines(file: string): Promise<unknown[]> {
  try {
    const lines: unknown = JSON.parse(await readFile(file, 'utf8'))
    if (Array.isArray(lines)) return lines
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException
    if (code) throw new CliError(`${file} cannot be read: ${code}`, { cause: error })
  }
  throw new CliError(`${file} is not what "sluice --json admin audit" prints: a list in JSON.`)
}

function revokedTokens(lines: readonly unknown[]): string[] {
  const targets = lines.flatMap((line) => {
    const { action, target } = (line ?? {}) as { action?: unknown; target?: unknown }
    return action === 'token.revoked' && typeof target === 'string' && TOKEN_ID.test(target) ? [target] : []
  })
  return [...new Set(targets)]
}
