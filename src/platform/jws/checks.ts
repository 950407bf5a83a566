import type { Algorithm } from './algorithms.ts'
import type { CustomerClaims } from './customer-claims.ts'
import type { Candidate } from './import-key.ts'
import type { KeyRecord } from './key-record.ts'
import type { JsonObject } from './strict-json.ts'

/**
 * The value that each check establishes. A check needs the values of the checks before it, and a token is read only
 * through them.
 */
export interface Established {
  size: string
  form: { header: string; payload: string; signature: string }
  encoding: { header: Uint8Array; payload: Uint8Array; signature: Uint8Array }
  header: JsonObject
  parameters: undefined
  algorithm: Algorithm
  kid: string | undefined
  payload: JsonObject
  workspace_named: string
  workspace_known: Issuer
  key: readonly Candidate[]
  signature_form: readonly Candidate[]
  signature: Candidate
  expiry: number
  not_before: number | undefined
  issued_at: number | undefined
  lifetime: undefined
  audience: undefined
  shape: CustomerClaims
}

export type CheckName = keyof Established

/**
 * The checks of a customer's token in their order. `verifyJws` runs those up to `kid`, then those from `key` to
 * `signature`.
 */
export const CHECKS = [
  'size',
  'form',
  'encoding',
  'header',
  'parameters',
  'algorithm',
  'kid',
  'payload',
  'workspace_named',
  'workspace_known',
  'key',
  'signature_form',
  'signature',
  'expiry',
  'not_before',
  'issued_at',
  'lifetime',
  'audience',
  'shape'
] as const satisfies readonly CheckName[]

/**
 * Runs one check: returns the value that it establishes, or throws its `JwsError`. Inspection observes the checks here.
 */
export type RunCheck = <Name extends CheckName>(name: Name, check: () => Established[Name]) => Established[Name]

/** For verification, which needs only the outcome. */
export const runCheck: RunCheck = (_name, check) => check()

/** A workspace's rules for the tokens that its customers' back ends sign. */
export interface Issuer {
  readonly keys: readonly KeyRecord[]
  readonly maxTokenSeconds?: number | undefined
}

/** The token's own statement about its signer. It is not verified, and serves only to find keys. */
export interface SignerHint {
  readonly workspaceKey: string
  readonly alg: Algorithm
  readonly kid: string | undefined
}
