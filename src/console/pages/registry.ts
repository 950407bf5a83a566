import type { ComponentType } from 'react'

export interface PageEntry {
  /** The path below `/console`. A variable part starts with `$`. */
  path: string
  load: () => Promise<{ default: ComponentType }>
}

/** Every page of the frame. To add one: a folder beside this file whose page is a default export, and a line here. */
export const PAGES: readonly PageEntry[] = [
  { path: '/', load: () => import('./home/Home.tsx') },
  { path: '/tokens', load: () => import('./tokens/TokenList.tsx') },
  { path: '/tokens/new', load: () => import('./tokens/CreateToken.tsx') },
  { path: '/tokens/$id', load: () => import('./tokens/TokenPage.tsx') },
  { path: '/tokens/$id/rotate', load: () => import('./tokens/RotateToken.tsx') },
  { path: '/requests', load: () => import('./requests/RequestList.tsx') },
  { path: '/requests/$requestId', load: () => import('./requests/RequestPage.tsx') },
  { path: '/runs', load: () => import('./runs/RunList.tsx') },
  { path: '/runs/$id', load: () => import('./runs/RunPage.tsx') },
  { path: '/flows', load: () => import('./flows/FlowList.tsx') },
  { path: '/flows/new', load: () => import('./flows/CreateFlow.tsx') },
  { path: '/flows/$id', load: () => import('./flows/FlowPage.tsx') },
  { path: '/flows/$id/compare', load: () => import('./flows/Compare.tsx') },
  { path: '/listeners', load: () => import('./listeners/ListenerList.tsx') },
  { path: '/listeners/new', load: () => import('./listeners/CreateListener.tsx') },
  { path: '/listeners/$id', load: () => import('./listeners/ListenerPage.tsx') },
  { path: '/listeners/$id/url-token', load: () => import('./listeners/CreateUrlToken.tsx') },
  { path: '/schedules', load: () => import('./schedules/ScheduleList.tsx') },
  { path: '/secrets', load: () => import('./secrets/SecretList.tsx') },
  { path: '/customers', load: () => import('./customers/CustomerList.tsx') },
  { path: '/customers/test-token', load: () => import('./customers/TestToken.tsx') },
  { path: '/customers/$cid', load: () => import('./customers/CustomerPage.tsx') },
  { path: '/actions', load: () => import('./actions/ActionList.tsx') },
  { path: '/actions/new', load: () => import('./actions/CreateAction.tsx') },
  { path: '/actions/$id', load: () => import('./actions/ActionPage.tsx') },
  { path: '/events', load: () => import('./events/Events.tsx') },
  { path: '/inspect', load: () => import('./inspect/Inspect.tsx') },
  { path: '/workspace', load: () => import('./workspace/WorkspaceSettings.tsx') },
  { path: '/workspace/new', load: () => import('./workspace/CreateWorkspace.tsx') },
  { path: '/account', load: () => import('./account/AccountPage.tsx') },
  { path: '/admin/accounts', load: () => import('./admin/Accounts.tsx') },
  { path: '/admin/accounts/new', load: () => import('./admin/CreateAccount.tsx') },
  { path: '/admin/workspaces', load: () => import('./admin/Workspaces.tsx') },
  { path: '/admin/tokens', load: () => import('./admin/AllTokens.tsx') },
  { path: '/admin/audit', load: () => import('./admin/Audit.tsx') },
  { path: '/admin/policy', load: () => import('./admin/InstallationPolicy.tsx') },
  { path: '/admin/keys', load: () => import('./admin/Keys.tsx') }
]

/** Pages without the frame, which need no sign-in. */
export const OPEN_PAGES: readonly PageEntry[] = [
  { path: '/sign-in', load: () => import('./sign-in/SignIn.tsx') },
  { path: '/sign-up', load: () => import('./sign-up/SignUp.tsx') },
  { path: '/welcome', load: () => import('./welcome/Welcome.tsx') },
  { path: '/forgot', load: () => import('./forgot/Forgot.tsx') },
  { path: '/links/$code', load: () => import('./links/LinkPage.tsx') }
]

/** Whether a path, as written above, is a page. Menus, links and the search offer only existing pages. */
export function isPage(path: string): boolean {
  return PAGES.some((page) => page.path === path)
}
