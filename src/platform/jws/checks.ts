import type { Algorithm } from './algorithms.ts'
import type { CustomerClaims } from './customer-claims.ts'
import type { Candidate } from './import-key.ts'
import type { KeyRecord } from './key-record.ts'
import type { JsonObject } from './strict-json.ts'

/**
 * What each check establishes. A check cannot be run before those whose values it needs, and nothing is read from a
 * token but through them.
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
 * The checks of a customer's token in their order. `verifyJws` does those up to `kid`, then from `key` to `signature`.
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
 * Runs one check: returns what it establishes, or lets its `JwsError` through. Inspection observes the checks here.
 */
export type RunCheck = <Name extends CheckName>(name: Name, check: () => Established[Name]) => Established[Name]

/** For verification, which wants the outcome only. */
export const runCheck: RunCheck = (_name, check) => check()

/** What a workspace says about the tokens its customers' back ends sign. */
export interface Issuer {
  readonly keys: readonly KeyRecord[]
  readonly maxTokenSeconds?: number | undefined
}

/** What a token says about who signed it. None of it is verified: it is for finding keys, and for nothing else. */
export interface SignerHint {
  readonly workspaceKey: string
  readonly alg: Algorithm
  readonly kid: string | undefined
}
