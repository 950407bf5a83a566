export interface AuditGroup {
  label: string
  /** The words for actions, by their name in the API. */
  actions: Readonly<Record<string, string>>
}

/** The words for the actions of the audit log, grouped for people. An action that is not here is shown by its name. */
export const AUDIT_GROUPS: readonly AuditGroup[] = [
  {
    label: 'Tokens',
    actions: {
      'token.created': 'Token created',
      'token.updated': 'Token changed',
      'token.rotated': 'Token rotated',
      'token.revoked': 'Token revoked',
      'token.leaked': 'Token reported as leaked',
      'integration_token.created': 'Integration token created',
      'integration_token.revoked': 'Integration token revoked'
    }
  },
  {
    label: 'Sign-in',
    actions: {
      'session.created': 'Signed in',
      'session.ended': 'Session ended',
      'password.refused': 'Password refused',
      'password.changed': 'Password changed',
      'totp.enrolled': 'Second factor begun',
      'totp.confirmed': 'Second factor turned on',
      'totp.removed': 'Second factor turned off',
      'totp.refused': 'Code refused',
      'recovery_code.used': 'Recovery code used',
      'link.used': 'Link used',
      'email.verified': 'E-mail confirmed'
    }
  },
  {
    label: 'Accounts',
    actions: {
      'account.created': 'Account created',
      'account.updated': 'Account changed',
      'account.role_changed': 'Role changed',
      'account.suspended': 'Account suspended',
      'account.unsuspended': 'Account restored',
      'policy.changed': 'Policy changed'
    }
  },
  {
    label: 'Workspaces',
    actions: {
      'workspace.created': 'Workspace created',
      'workspace.updated': 'Workspace changed',
      'workspace.deleted': 'Workspace deleted',
      'workspace.suspended': 'Workspace suspended',
      'workspace.resumed': 'Workspace resumed',
      'workspace.secret_rotated': 'Workspace secret rotated',
      'member.added': 'Member added',
      'member.role_changed': 'Role of a member changed',
      'member.removed': 'Member removed',
      'invitation.created': 'Invitation sent',
      'invitation.accepted': 'Invitation accepted',
      'public_key.added': 'Public key added',
      'public_key.removed': 'Public key removed'
    }
  },
  {
    label: 'Flows and listeners',
    actions: {
      'flow.created': 'Flow created',
      'flow.updated': 'Flow version saved',
      'flow.published': 'Flow published',
      'flow.deleted': 'Flow deleted',
      'schedule.changed': 'Schedule changed',
      'listener.created': 'Listener created',
      'listener.updated': 'Listener changed',
      'listener.deleted': 'Listener deleted',
      'secret.set': 'Secret set',
      'secret.deleted': 'Secret deleted',
      'run.cancelled': 'Run cancelled',
      'run.replayed': 'Run replayed',
      'simulation.live': 'Simulation with real calls',
      'document.fetched': 'Document fetched'
    }
  },
  {
    label: 'Customers, actions, events',
    actions: {
      'customer.updated': 'Customer changed',
      'customer.deleted': 'Customer forgotten',
      'customer.blocked': 'Customer blocked',
      'customer.unblocked': 'Customer let in again',
      'action.created': 'Action created',
      'action.updated': 'Action changed',
      'action.deleted': 'Action deleted',
      'event_sink.set': 'Event sink set',
      'event_sink.updated': 'Event sink changed',
      'event_sink.removed': 'Event sink removed',
      'event_sink.secret_rotated': 'Secret of an event sink rotated',
      'event.redelivered': 'Event sent again'
    }
  },
  {
    label: 'Keys',
    actions: {
      'signing_key.rotated': 'Signing key rotated',
      'signing_key.dropped': 'Signing key dropped',
      'secrets.resealed': 'Secrets sealed again'
    }
  }
]

const WORDS: Readonly<Record<string, string>> = Object.fromEntries(
  AUDIT_GROUPS.flatMap(({ actions }) => Object.entries(actions))
)

/** The words for an action; its name if it has none. */
export function auditWords(action: string): string {
  return WORDS[action] ?? action
}
