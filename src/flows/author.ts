import type { Actor } from '../lib/actor.ts'
import type { Prisma } from '../platform/db/client.ts'

/** Who saved or published something. `name` is null if the account was deleted, or if the author is not an account. */
export interface Author {
  id: string
  name: string | null
}

/**
 * The stored form of an author: the id of the account or of its management token, or the kind of an actor without one.
 */
export function authorOf(actor: Actor): string {
  return actor.id ?? actor.kind
}

/** Finds the names of stored authors, whatever their number. */
export async function readAuthors(
  client: Pick<Prisma.TransactionClient, 'account' | 'token'>,
  ids: readonly (string | null)[]
): Promise<(id: string | null) => Author | null> {
  const where = { id: { in: [...new Set(ids.filter((id) => id !== null))] } }
  const select = { id: true, name: true } as const
  const named = [
    ...(await client.account.findMany({ where, select })),
    ...(await client.token.findMany({ where, select }))
  ]
  const names = new Map(named.map(({ id, name }) => [id, name]))
  return (id) => (id === null ? null : { id, name: names.get(id) ?? null })
}
