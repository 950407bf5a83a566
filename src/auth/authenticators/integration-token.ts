import type { IntegrationTokens } from '../../actions/integration-token.ts'
import type { Authenticator } from '../authenticate.ts'

/**
 * Authenticates tokens for a user inside an action. Only the chain of listener calls has this authenticator; elsewhere
 * these tokens are of an unknown kind.
 */
export function integrationTokenAuthenticator(deps: { integrationTokens: IntegrationTokens }): Authenticator {
  return async (credential) => {
    if (credential.carrier === 'basic' || credential.carrier === 'cookie') return undefined
    const text = credential.token.reveal()
    if (!text.startsWith('ey')) return undefined
    const verified = await deps.integrationTokens.verify(text)
    if (!verified) return undefined
    return 'why' in verified
      ? { known: false, ...verified }
      : { known: true, principal: { kind: 'action', ...verified } }
  }
}
