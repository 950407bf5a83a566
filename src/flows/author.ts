import type { Actor } from '../lib/actor.ts'
import type { Prisma } from '../platform/db/client.ts'

/** Who saved or published something. `name` is null for a deleted account, and for an author that is none. */
export interface Author {
  id: string
  name: string | null
}

/** What is stored of an author: the id of the account, or the kind of an actor without one. */
export function authorOf(actor: Actor): string {
  return actor.id ?? actor.kind
}

/** Finds the names of stored authors, in one statement. */
export async function readAuthors(
  client: Pick<Prisma.TransactionClient, 'account'>,
  ids: readonly (string | null)[]
): Promise<(id: string | null) => Author | null> {
  const accounts = await client.account.findMany({
    where: { id: { in: [...new Set(ids.filter((id) => id !== null))] } },
    select: { id: true, name: true }
  })
  const names = new Map(accounts.map(({ id, name }) => [id, name]))
  return (id) => (id === null ? null : { id, name: names.get(id) ?? null })
}
