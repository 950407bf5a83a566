/** The words for the checks of a credential. A check that is not here is shown by its name. */
const CHECKS: Readonly<Record<string, string>> = {
  // Checks of credentials that the gateway issues.
  form: 'form of the token',
  checksum: 'checksum at its end',
  type: 'kind (typ)',
  signing_key: 'signing key (kid)',
  signature: 'signature',
  issuer: 'issuer and audience (iss, aud)',
  claims: 'claims of its kind',
  known: 'known here',
  enabled: 'switched on',
  revocation: 'revocation',
  expiry: 'expiry',
  account: 'account not suspended',
  address: 'address of the call',
  action: 'action exists',
  workspace: 'workspace exists',
  suspension: 'workspace not suspended',
  customer: 'customer not blocked',
  user: 'user belongs to the workspace',
  // Checks of tokens that customers' back ends sign.
  size: 'length',
  encoding: 'encoding (base64url)',
  header: 'header is JSON',
  parameters: 'parameters of the header',
  algorithm: 'algorithm (alg)',
  kid: 'name of the key (kid)',
  payload: 'payload is JSON',
  workspace_named: 'names a workspace (iss)',
  workspace_known: 'workspace exists',
  key: 'key of the workspace',
  signature_form: 'form of the signature',
  not_before: 'start (nbf)',
  issued_at: 'time of issue (iat)',
  lifetime: 'lifetime',
  audience: 'audience (aud)',
  shape: 'claims of a customer'
}

export function checkWords(check: string): string {
  return CHECKS[check] ?? check.replaceAll('_', ' ')
}
