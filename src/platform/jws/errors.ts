/**
 * Every reason for rejecting a token, and how its issuer can fix it. The names are stable: the list of denied calls and
 * the inspector show them.
 */
export const REMEDIES = {
  not_text: 'Send the token as text.',
  too_long: 'Make the token smaller: large data belongs in the body of the call.',
  not_compact: 'Send the compact form: three parts with dots between them, nothing before, after or around it.',
  encrypted: 'Sign the token instead of encrypting it (JWS, not JWE).',
  not_base64url: 'Encode each part as base64url without padding, line breaks or other characters, as JWT libraries do.',

  header_not_utf8: 'Write the header as UTF-8 without a byte order mark.',
  header_not_json: 'Write the header as valid JSON.',
  header_not_object: 'Write the header as a JSON object.',
  header_duplicate_member: 'Write each member of the header once.',
  header_too_deep: 'Keep the header flat.',
  header_unsafe_text: 'Leave half surrogate pairs, U+0000 and __proto__ out of the header.',
  header_unsafe_number: 'Keep numbers in the header finite.',
  header_parameter: 'Omit that parameter: keys are registered beforehand, and extensions are not supported.',
  header_type: 'Omit typ, or set it to JWT.',
  alg_missing: 'Name the algorithm as text in the header member alg.',
  alg_none: 'Sign the token.',
  alg_unknown: 'Sign with one of HS, RS, PS or ES 256, 384, 512, or EdDSA.',
  kid_invalid: 'Set kid to the registered kid of the signing key, or omit it.',

  payload_not_utf8: 'Write the payload as UTF-8 without a byte order mark.',
  payload_not_json: 'Write the payload as valid JSON.',
  payload_not_object: 'Write the payload as a JSON object of claims.',
  payload_duplicate_member: 'Write each member of the payload once.',
  payload_too_deep: 'Nest the payload less.',
  payload_unsafe_text: 'Leave half surrogate pairs, U+0000 and __proto__ out of the payload.',
  payload_unsafe_number: 'Keep numbers in the payload finite.',

  workspace_missing: 'Set iss, or workspaceKey, to the key of the workspace.',
  workspace_invalid: 'Set iss, or workspaceKey, to the key of the workspace, as text.',
  workspace_ambiguous: 'Name the workspace once, in iss or in workspaceKey.',
  workspace_unknown: 'Compare iss or workspaceKey with the key shown on the workspace.',

  key_unknown:
    'Register the public key of the signer, set kid to the registered one, or sign with the workspace secret.',
  key_ambiguous: 'Give the keys different kids.',
  kid_required: 'Set kid in the header: too many registered keys fit this token.',
  alg_not_allowed: 'Sign with an algorithm that fits the registered key and that the workspace allows.',
  key_refused: 'Replace the registered key.',
  secret_too_short: 'Use a longer secret, or an algorithm with a shorter hash.',
  signature_length: 'Sign in the form of RFC 7518: ECDSA as the two numbers one after the other, not as DER.',
  signature_range: 'Sign with a correct library: a correct one cannot create the numbers of this signature.',
  signature_mismatch:
    'Sign with the registered key, and change nothing afterwards. ' +
    'A workspace secret is used as its text, without decoding.',

  exp_missing: 'Add exp: the time in seconds since 1970 at which the token ends.',
  exp_invalid: 'Set exp to a number of seconds since 1970.',
  expired: 'Sign a new token.',
  nbf_invalid: 'Set nbf to a number of seconds since 1970, or omit it.',
  not_yet_valid: "Wait until nbf, or set the signing machine's clock.",
  iat_invalid: 'Set iat to a number of seconds since 1970, or omit it.',
  issued_in_future: "Set the signing machine's clock.",
  lifetime_too_long: 'Sign tokens with a shorter lifetime, or raise maxTokenSeconds of the workspace.',
  aud_invalid: 'Set aud to text or an array of texts, or omit it.',
  aud_mismatch: 'Set aud to the URL of this service, or omit it.',

  id_missing: "Add id: the customer's id in your system. With workspaceKey, tenantKey is also accepted.",
  id_invalid:
    'Set id to text of 1 to 255 characters. Numbers are written as text: 1 and "1" must not be two customers.',
  id_ambiguous: 'Give either id or tenantKey.',
  admin_with_id: "Omit id in an admin token, or isAdmin in a customer's.",
  name_invalid: 'Set name to text of at most 255 characters, or omit it.',
  fields_invalid: 'Set fields to a JSON object, or omit it.',
  fields_too_large: 'Make fields smaller.'
} as const satisfies Readonly<Record<string, string>>

export type JwsReason = keyof typeof REMEDIES

export const JWS_REASONS = Object.keys(REMEDIES) as readonly JwsReason[]

/**
 * A rejected token. `message` gives the full reason, for the log and for the issuer of the token; it contains no part
 * of a key or signature.
 */
export class JwsError extends Error {
  override readonly name = 'JwsError'
  readonly reason: JwsReason

  constructor(reason: JwsReason, why: string) {
    super(why)
    this.reason = reason
  }

  get why(): string {
    return this.message
  }

  get remedy(): string {
    return REMEDIES[this.reason]
  }
}
