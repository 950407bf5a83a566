/** Kinds of caller, as a listener's settings name them. */
export const PRINCIPAL_WORDS: Readonly<Record<string, string>> = {
  token: 'API tokens',
  basic: 'E-mail and password',
  customer: 'Customers',
  action: 'Actions'
}

/** Who can sign the calls of a listener. */
export const SIGNER_WORDS: Readonly<Record<string, string>> = {
  github: 'GitHub',
  stripe: 'Stripe',
  shopify: 'Shopify',
  slack: 'Slack',
  'standard-webhooks': 'Standard Webhooks',
  custom: 'Another sender'
}

/** Where a credential may stand in a request. */
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
