import type { Secret } from '../lib/secret.ts'

/** Where a credential came in. `bearer` and `basic` are the two schemes of `Authorization`. */
export const CARRIERS = ['bearer', 'basic', 'header', 'query', 'cookie'] as const
export type Carrier = (typeof CARRIERS)[number]

export type Credential =
  | { carrier: 'bearer' | 'header' | 'query' | 'cookie'; token: Secret }
  | { carrier: 'basic'; email: string; password: Secret }
