/** Why a key is not taken, for programs. The sentence beside it is for whoever tried to register the key. */
export const KEY_REASONS = [
  'malformed',
  'private_key',
  'symmetric_key',
  'certificate',
  'unsupported',
  'contradictory',
  'weak',
  'invalid_key',
  'invalid_kid',
  'duplicate_kid',
  'too_many_keys'
] as const

export type KeyReason = (typeof KEY_REASONS)[number]

/** A key that is not registered, with the reason. Its message never holds any part of the key. */
export class KeyRefused extends Error {
  override readonly name = 'KeyRefused'
  readonly reason: KeyReason

  constructor(reason: KeyReason, why: string) {
    super(why)
    this.reason = reason
  }
}
