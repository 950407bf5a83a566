import type { Customer } from '../platform/db/client.ts'

export type CustomerFields = Readonly<Record<string, unknown>>

/** A customer, as the customer itself, the workspace's members and admin tokens see it. */
export interface PublicCustomer {
  /** The id that the customers' back end gave it. */
  id: string
  name: string | null
  /** The id that Sluice gave it. A customer that is deleted and created again gets another one. */
  internalId: string
  fields: CustomerFields
  workspaceKey: string
  lastActiveAt: string
  createdAt: string
}

/** The columns that are shown. The credentials that a customer stores for flows are never among them. */
export const SHOWN = { omit: { credentials: true }, include: { workspace: { select: { key: true } } } } as const

export function publicCustomer(
  customer: Omit<Customer, 'credentials'> & { workspace: { key: string } }
): PublicCustomer {
  return {
    id: customer.externalId,
    name: customer.name,
    internalId: customer.id,
    fields: (customer.fields ?? {}) as CustomerFields,
    workspaceKey: customer.workspace.key,
    lastActiveAt: customer.lastActiveAt.toISOString(),
    createdAt: customer.createdAt.toISOString()
  }
}
