import { isPage, PAGES } from '../pages/registry.ts'
import { navigationFor } from './navigation.ts'
import { credentialStart } from '../lib/credential-start.ts'
import type { Search } from '../lib/search.ts'

export interface JumpTarget {
  label: string
  to: string
  search?: Search
}

const BY_PREFIX: readonly { prefix: string; label: string; path: string }[] = [
  { prefix: 'req_', label: 'Request', path: '/requests/$requestId' },
  { prefix: 'run_', label: 'Run', path: '/runs/$id' },
  { prefix: 'tok_', label: 'Token', path: '/tokens/$id' },
  { prefix: 'flw_', label: 'Flow', path: '/flows/$id' },
  { prefix: 'lsn_', label: 'Listener', path: '/listeners/$id' },
  { prefix: 'cus_', label: 'Customer', path: '/customers/$cid' },
  { prefix: 'act_', label: 'Action', path: '/actions/$id' }
]

const MORE_PAGES: readonly { label: string; to: string }[] = [
  { label: 'Create token', to: '/tokens/new' },
  { label: 'Create flow', to: '/flows/new' },
  { label: 'Create listener', to: '/listeners/new' },
  { label: 'Workspace settings', to: '/workspace' },
  { label: 'Account', to: '/account' }
]

/** Pages of admins that are not in the navigation. */
const ADMIN_PAGES: readonly { label: string; to: string }[] = [
  { label: 'Workspaces', to: '/admin/workspaces' },
  { label: 'Keys', to: '/admin/keys' },
  { label: 'Policy', to: '/admin/policy' },
  { label: 'Create account', to: '/admin/accounts/new' }
]

/** The targets that a search text can mean. A pasted credential is cut before it is sent or put into a URL. */
export function jumpTargets(text: string, { admin }: { admin: boolean }): JumpTarget[] {
  const wanted = text.trim()
  const start = credentialStart(wanted)
  if (start !== undefined) {
    const [to, search]: [string, Search] =
      admin && isPage('/admin/tokens') ? ['/admin/tokens', { start }] : ['/tokens', { q: start }]
    return [{ label: `Find tokens that start with ${start}`, to, search }]
  }
  const byId = BY_PREFIX.filter(
    ({ prefix, path }) => wanted.startsWith(prefix) && PAGES.some((page) => page.path === path)
  )
  if (byId.length > 0) {
    return byId.map(({ label, path }) => ({
      label: `${label} ${wanted}`,
      to: path.replace(/\$\w+/, encodeURIComponent(wanted))
    }))
  }
  const pages = [
    ...navigationFor({ admin }).flatMap(({ links }) => links),
    ...MORE_PAGES.filter(({ to }) => isPage(to)),
    ...(admin ? ADMIN_PAGES.filter(({ to }) => isPage(to)) : [])
  ]
  return pages.filter(({ label }) => label.toLowerCase().includes(wanted.toLowerCase()))
}
