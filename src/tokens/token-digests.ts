import type { Pool } from 'pg'
import { createLru } from '../lib/lru.ts'

const REMEMBERED = 50_000

/**
 * Finds the digest of a token by its id. Neither ever changes; the state of the token is looked up by the digest.
 * @returns base64; undefined if there is no such token
 */
export type FindTokenDigest = (tokenId: string) => string | undefined | Promise<string | undefined>

/** Asks the database once for each token, and remembers the 50,000 used last. Absent ones are asked for again. */
export function createTokenDigests(pool: Pool): FindTokenDigest {
  const known = createLru<string>(REMEMBERED)
  async function load(tokenId: string): Promise<string | undefined> {
    const { rows } = await pool.query<{ digest: Buffer }>({
      name: 'token_digest_by_id',
      text: 'select digest from token where id = $1',
      values: [tokenId]
    })
    const digest = rows[0]?.digest.toString('base64')
    if (digest !== undefined) known.set(tokenId, digest)
    return digest
  }
  return (tokenId) => known.get(tokenId) ?? load(tokenId)
}
