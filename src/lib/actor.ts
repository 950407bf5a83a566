/** Who does something, and from where: what the audit log says of every change. */
export interface Actor {
  kind: 'account' | 'token' | 'customer' | 'action' | 'system' | 'anonymous'
  id?: string | undefined
  ip?: string | undefined
  requestId?: string | undefined
}

export const SYSTEM: Actor = { kind: 'system' }
