import { JwsRefused } from './errors.ts'
import { quote, type JsonObject } from './strict-json.ts'

/**
 * A token that says for whom it is must be for us (RFC 7519, section 4.1.3); one that does not say may be. Without `audiences`, only the
 * form is judged.
 *
 * @throws JwsRefused
 */
export function checkAudience(claims: JsonObject, audiences: readonly string[] | undefined): undefined {
  if (!Object.hasOwn(claims, 'aud')) return
  const { aud } = claims
  const named = Array.isArray(aud) ? aud : [aud]
  if (named.length === 0 || !named.every((name) => typeof name === 'string'))
    throw new JwsRefused('aud_invalid', `aud is ${quote(aud)}`)
  if (audiences === undefined || audiences.some((audience) => named.includes(audience))) return
  throw new JwsRefused('aud_mismatch', `the token is for ${quote(aud)}`)
}
