import { call } from './call.ts'
import { queryClient } from './query-client.ts'
import type { Account } from './types.ts'

export interface SignInBody {
  email: string
  password: string
  totp?: string
}

/** Signs in; the server sets the cookie. The cache of the account before is dropped. @throws as `call` */
export async function signIn(body: SignInBody): Promise<void> {
  await begin('/v1/sessions', body)
}

/** Signs in with a code that works once. @throws as `call` */
export async function signInOnce(code: string): Promise<void> {
  await begin('/v1/sessions/once', { code })
}

async function begin(path: string, body: unknown): Promise<void> {
  const { account } = await call<{ account: Account }>('POST', path, { body, gate: false })
  queryClient.clear()
  queryClient.setQueryData(['/v1/account', {}], account)
}
