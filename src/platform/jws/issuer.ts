import type { Algorithm } from './algorithms.ts'
import type { KeyRecord } from './key-record.ts'

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
