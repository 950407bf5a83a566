import { ApiProblem, type Client } from '../client/index.ts'
import { type Io, readSecret } from './io.ts'

/**
 * Makes a call. If the call needs a confirmed session, asks for the password, confirms the session and makes the call
 * again.
 * @throws what the call throws
 */
export async function confirmed<T>(io: Io, client: Client, call: () => Promise<T>): Promise<T> {
  try {
    return await call()
  } catch (error) {
    if (!(error instanceof ApiProblem) || error.code !== 'confirmation_required') throw error
  }
  await confirm(io, client)
  return call()
}

async function confirm(io: Io, client: Client): Promise<void> {
  const body = { password: (await readSecret(io, { name: 'password', variable: 'SLUICE_PASSWORD' })).reveal() }
  try {
    await client.POST('/v1/sessions/current/confirm', { body })
  } catch (error) {
    if (!(error instanceof ApiProblem) || error.document.totp !== 'required') throw error
    const totp = await readSecret(io, { name: 'code of the second factor', variable: 'SLUICE_TOTP' })
    await client.POST('/v1/sessions/current/confirm', { body: { ...body, totp: totp.reveal() } })
  }
}
