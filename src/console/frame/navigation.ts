import { isPage } from '../pages/registry.ts'

export interface NavigationLink {
  label: string
  to: string
}

export interface NavigationGroup {
  label?: string
  adminOnly?: boolean
  links: readonly NavigationLink[]
}

const GROUPS: readonly NavigationGroup[] = [
  {
    links: [
      { label: 'Home', to: '/' },
      { label: 'Tokens', to: '/tokens' },
      { label: 'Requests', to: '/requests' },
      { label: 'Runs', to: '/runs' }
    ]
  },
  {
    label: 'Build',
    links: [
      { label: 'Flows', to: '/flows' },
      { label: 'Listeners', to: '/listeners' },
      { label: 'Schedules', to: '/schedules' },
      { label: 'Secrets', to: '/secrets' }
    ]
  },
  {
    label: 'Connect',
    links: [
      { label: 'Customers', to: '/customers' },
      { label: 'Actions', to: '/actions' },
      { label: 'Events', to: '/events' }
    ]
  },
  { label: 'Tools', links: [{ label: 'Token inspector', to: '/inspect' }] },
  {
    label: 'Admin',
    adminOnly: true,
    links: [
      { label: 'Accounts', to: '/admin/accounts' },
      { label: 'All tokens', to: '/admin/tokens' },
      { label: 'Audit log', to: '/admin/audit' }
    ]
  }
]

/** The groups of the navigation that this account may use, with the pages that exist. */
export function navigationFor({ admin }: { admin: boolean }): NavigationGroup[] {
  return GROUPS.filter((group) => admin || !group.adminOnly)
    .map((group) => ({ ...group, links: group.links.filter(({ to }) => isPage(to)) }))
    .filter((group) => group.links.length > 0)
}
