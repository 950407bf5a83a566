import {
  createRootRoute,
  createRoute,
  createRouter,
  lazyRouteComponent,
  Outlet,
  redirect
} from '@tanstack/react-router'
import { call } from './api/call.ts'
import { ApiProblem } from './api/problem.ts'
import { queryClient } from './api/query-client.ts'
import type { Account } from './api/types.ts'
import { announceArrival } from './frame/arrival.ts'
import { OutageBar } from './frame/OutageBar.tsx'
import { writeStored } from './lib/stored.ts'
import { parseSearch, textOfSearch, type Search } from './lib/search.ts'
import { OPEN_PAGES, PAGES, type PageEntry } from './pages/registry.ts'
import { ErrorNote } from './ui/ErrorNote.tsx'
import { LiveRegions } from './ui/notify.tsx'
import { NotFound } from './ui/NotFound.tsx'
import { PageHead } from './ui/PageHead.tsx'

const root = createRootRoute({
  component: () => (
    <>
      <OutageBar />
      <Outlet />
      <LiveRegions />
    </>
  ),
  errorComponent: PageError
})

/** The route of all pages that need a sign-in. The account is read once; later 401s open the dialog. */
const frame = createRoute({
  getParentRoute: () => root,
  id: 'frame',
  component: lazyRouteComponent(() => import('./frame/SignedIn.tsx')),
  async beforeLoad({ location }) {
    const known = queryClient.getQueryData<Account>(['/v1/account', {}])
    return { account: known ?? (await accountOrSignIn(location.href)) }
  },
  notFoundComponent: NotFound
})

const routeTree = root.addChildren([
  ...OPEN_PAGES.map((page) => createRoute({ getParentRoute: () => root, ...optionsOf(page) })),
  frame.addChildren([
    ...PAGES.map((page) => createRoute({ getParentRoute: () => frame, ...optionsOf(page) })),
    createRoute({ getParentRoute: () => frame, path: '/$', component: NotFound })
  ])
])

export const router = createRouter({
  routeTree,
  basepath: '/console',
  parseSearch,
  stringifySearch: (search) => textOfSearch(search as Search),
  scrollRestoration: true,
  defaultErrorComponent: PageError,
  defaultPendingMs: 150,
  defaultPreload: false
})

router.subscribe('onBeforeNavigate', ({ pathChanged, fromLocation }) => {
  if (pathChanged && fromLocation) announceArrival()
})

// The last step of Get started is done once any page of a run was opened.
router.subscribe('onResolved', ({ toLocation }) => {
  if (/^\/(console\/)?runs\/run_/.test(toLocation.pathname)) writeStored('view.run-seen', 'yes')
})

function optionsOf({ path, load }: PageEntry) {
  return { path, component: lazyRouteComponent(() => loadPage(load)) }
}

/** Loads the code of a page. If that fails, a read waits until the gateway answers, and the code is loaded again. */
async function loadPage<T>(load: () => Promise<T>): Promise<T> {
  try {
    return await load()
  } catch {
    await call('GET', '/v1/about', { gate: false })
    return load()
  }
}

async function accountOrSignIn(href: string): Promise<Account> {
  try {
    const account = await call<Account>('GET', '/v1/account', { gate: false })
    queryClient.setQueryData(['/v1/account', {}], account)
    return account
  } catch (error) {
    if (!(error instanceof ApiProblem) || error.status !== 401) throw error
    // Not thrown as a route's name: the texts of paths are the registry's.
    // oxlint-disable-next-line typescript/only-throw-error
    throw redirect({ to: '/sign-in', search: (href === '/' ? {} : { next: href }) as never })
  }
}

/**
 * The page for an error in a page, or for code that could not be loaded. After an update the old files are gone, and
 * reloading helps.
 */
function PageError({ error }: { error: unknown }) {
  return (
    <div className="stack p-4">
      <PageHead title="This page did not load" />
      <ErrorNote error={error} onRetry={() => location.reload()} />
    </div>
  )
}
