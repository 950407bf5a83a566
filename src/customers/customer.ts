import type { Customer } from '../platform/db/client.ts'

export type CustomerFields = Readonly<Record<string, unknown>>

/** A customer, as the customer itself, the workspace's members and admin tokens see it. */
export interface PublicCustomer {
  /** The id that the customers' back end gave it. */
  id: string
  /** Its id if it has no name, because clients of other gateways expect text. */
  name: string
  /** The id that Sluice gave it. A customer that is deleted and created again gets another one. */
  internalId: string
  fields: CustomerFields
  workspaceKey: string
  lastActiveAt: string
  createdAt: string
}

/** A customer as those who manage it see it. */
export interface ManagedCustomer extends PublicCustomer {
  /** None of its tokens is accepted. */
  blocked: boolean
  /** Its tokens that were issued before this are not accepted. */
  tokensNotBefore: string | null
  /** The names of its stored credentials. Their values are never shown. */
  credentialNames: string[]
  /** When it last stored credentials; null = it has none. */
  credentialsUpdatedAt: string | null
  /** Since when none of its tokens is accepted; null = it is not archived. */
  archivedAt: string | null
}

/** The columns that are shown. The credentials that a customer stores for flows are never among them. */
export const SHOWN = { omit: { credentials: true }, include: { workspace: { select: { key: true } } } } as const

/** A customer as the API shows it. One without a name is called by its external id. */
export function publicCustomer(
  customer: Omit<Customer, 'credentials'> & { workspace: { key: string } }
): PublicCustomer {
  return {
    id: customer.externalId,
    name: customer.name ?? customer.externalId,
    internalId: customer.id,
    fields: (customer.fields ?? {}) as CustomerFields,
    workspaceKey: customer.workspace.key,
    lastActiveAt: customer.lastActiveAt.toISOString(),
    createdAt: customer.createdAt.toISOString()
  }
}

/** The same with the fields that only those who manage customers see. */
export function managedCustomer(customer: Parameters<typeof publicCustomer>[0]): ManagedCustomer {
  return {
    ...publicCustomer(customer),
    blocked: customer.blockedAt !== null,
    tokensNotBefore: customer.tokensNotBefore?.toISOString() ?? null,
    credentialNames: customer.credentialNames,
    credentialsUpdatedAt: customer.credentialsUpdatedAt?.toISOString() ?? null,
    archivedAt: customer.archivedAt?.toISOString() ?? null
  }
}
