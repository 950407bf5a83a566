/** The author of a change and where the call came from, as the audit log records it. */
export interface Actor {
  /** `workspace` is the back end of a workspace's customers, which calls with an admin token. */
  kind: 'account' | 'token' | 'management' | 'customer' | 'workspace' | 'action' | 'system' | 'anonymous'
  id?: string | undefined
  ip?: string | undefined
  requestId?: string | undefined
}

export const SYSTEM: Actor = { kind: 'system' }
