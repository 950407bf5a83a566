/** Who does something, and from where: what the audit log says of every change. */
export interface Actor {
  /** `workspace`: the back end of a workspace's customers, by an admin token. */
  kind: 'account' | 'token' | 'customer' | 'workspace' | 'action' | 'system' | 'anonymous'
  id?: string | undefined
  ip?: string | undefined
  requestId?: string | undefined
}

export const SYSTEM: Actor = { kind: 'system' }
