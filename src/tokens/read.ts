import type { Prisma, Token } from '../platform/db/client.ts'
import { Fault } from '../lib/fault.ts'
import { isId } from '../lib/ids.ts'

/** @throws Fault `not_found` for a token of another account, as for none */
export async function readToken(
  client: Pick<Prisma.TransactionClient, 'token'>,
  accountId: string,
  tokenId: string
): Promise<Token> {
  const token = isId('tok', tokenId) ? await client.token.findFirst({ where: { id: tokenId, accountId } }) : null
  if (!token) throw new Fault('not_found')
  return token
}
