/** What a management token may do. Each call of the API belongs to at most one of them (http/permissions.ts). */
export const PERMISSIONS = [
  'tokens:read',
  'tokens:write',
  'tokens:introspect',
  'flows:read',
  'flows:write',
  'listeners:read',
  'listeners:write',
  'runs:read',
  'runs:control',
  'secrets:write',
  'customers:read',
  'customers:write',
  'events:read',
  'events:write',
  'usage:read'
] as const

export type Permission = (typeof PERMISSIONS)[number]
