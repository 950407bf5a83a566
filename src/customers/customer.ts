import type { Customer } from '../platform/db/client.ts'

export type CustomerFields = Readonly<Record<string, unknown>>

/** A customer as itself, its workspace's members and admin tokens see it. */
export interface PublicCustomer {
  /** What the customer's back end calls it. */
  id: string
  name: string | null
  /** What it is called here: another one, should it be deleted and seen again. */
  internalId: string
  fields: CustomerFields
  workspaceKey: string
  lastActiveAt: string
  createdAt: string
}

/** The columns that a customer is shown with: never what it keeps here for flows. */
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
