import { type ApiCall, callApi, Refused } from './api.ts'
import { type Io, readSecret } from './io.ts'
import type { Session } from './session.ts'

/**
 * Calls the gateway. If the call needs the password again, confirms the session with it and calls once more.
 * @throws what {@link callApi} throws
 */
export async function callConfirmed<T>(io: Io, session: Session, path: string, call: ApiCall): Promise<T> {
  try {
    return await callApi<T>(session, path, call)
  } catch (error) {
    if (!(error instanceof Refused) || error.problem.code !== 'confirmation_required') throw error
  }
  await confirm(io, session)
  return callApi<T>(session, path, call)
}

async function confirm(io: Io, session: Session): Promise<void> {
  const password = await readSecret(io, { name: 'password', variable: 'SLUICE_PASSWORD' })
  const body = { password: password.reveal() }
  const path = '/v1/sessions/current/confirm'
  try {
    await callApi(session, path, { method: 'POST', body })
  } catch (error) {
    if (!(error instanceof Refused) || error.problem.totp !== 'required') throw error
    const totp = await readSecret(io, { name: 'code of the second factor', variable: 'SLUICE_TOTP' })
    await callApi(session, path, { method: 'POST', body: { ...body, totp: totp.reveal() } })
  }
}
