/** The words for kinds of caller, by their names in a listener's settings. */
export const PRINCIPAL_WORDS: Readonly<Record<string, string>> = {
  token: 'API tokens',
  basic: 'E-mail and password',
  customer: 'Customers',
  action: 'Actions'
}

/** The words for senders that can sign the calls of a listener. */
export const SIGNER_WORDS: Readonly<Record<string, string>> = {
  github: 'GitHub',
  stripe: 'Stripe',
  shopify: 'Shopify',
  slack: 'Slack',
  'standard-webhooks': 'Standard Webhooks',
  custom: 'Another sender'
}

/** The words for the carriers of a credential in a request. */
export const CARRIER_WORDS: Readonly<Record<string, string>> = {
  bearer: 'Authorization: Bearer',
  basic: 'Authorization: Basic',
  header: 'Header access_token',
  query: 'Query access_token'
}

export const METHODS = ['GET', 'HEAD', 'POST', 'PUT', 'PATCH', 'DELETE'] as const

export function methodsText(methods: readonly string[] | null): string {
  return methods === null ? 'any' : methods.join(', ')
}

export function modeText(mode: 'sync' | 'async'): string {
  return mode === 'sync' ? 'in the request' : 'later (202)'
}
