import { Outlet, useRouterState } from '@tanstack/react-router'
import { useCallback, useRef, useState } from 'react'
import { Button } from '../ui/Button.tsx'
import { Dialog } from '../ui/Dialog.tsx'
import { Mark, MenuIcon, SearchIcon } from '../ui/icons.tsx'
import { Kbd } from '../ui/Kbd.tsx'
import { LayerContext } from '../ui/layer.tsx'
import { Link } from '../ui/Link.tsx'
import { PageHead } from '../ui/PageHead.tsx'
import { AccountMenu } from './AccountMenu.tsx'
import { ConfirmPassword } from './ConfirmPassword.tsx'
import { JumpDialog } from './JumpDialog.tsx'
import { useShortcuts } from './keys.ts'
import { useAccount } from './session.tsx'
import { ShortcutsDialog } from './ShortcutsDialog.tsx'
import { SideNav } from './SideNav.tsx'
import { SignInAgain } from './SignInAgain.tsx'
import { WorkspaceMenu } from './WorkspaceMenu.tsx'

/**
 * The frame around every page of a signed-in account: landmarks, navigation, search, keys, and the dialogs that can
 * open on every page.
 */
export default function Frame() {
  const layer = useRef<HTMLDivElement>(null)
  const [open, setOpen] = useState<'menu' | 'search' | 'help'>()
  const close = useCallback(() => setOpen(undefined), [])
  const onSearch = useCallback(() => setOpen('search'), [])
  const onHelp = useCallback(() => setOpen('help'), [])
  useShortcuts({ onSearch, onHelp })
  return (
    <LayerContext value={layer}>
      <a href="#main" className="skip" onClick={focusMain}>
        Skip to content
      </a>
      <div className="grid min-h-dvh grid-cols-[minmax(0,1fr)] grid-rows-[48px_1fr] sm:grid-cols-[208px_minmax(0,1fr)]">
        <header className="col-span-full flex items-center gap-2 border-b border-line bg-panel px-3 sm:gap-3 sm:px-4">
          <Button aria-label="Menu" look="quiet" className="px-1.5 sm:hidden" onClick={() => setOpen('menu')}>
            <MenuIcon />
          </Button>
          <Link to="/" className="flex items-center gap-2 font-bold text-text no-underline">
            <Mark />
            <span className="hidden sm:inline">Sluice</span>
            <span className="sr-only sm:hidden">Sluice</span>
          </Link>
          <WorkspaceMenu />
          <span className="flex-1" />
          <Button onClick={onSearch} className="px-2 sm:px-3" aria-keyshortcuts="Control+K Meta+K">
            <SearchIcon />
            <span className="sr-only sm:not-sr-only">Search or jump to…</span>
            <span className="hidden sm:inline" aria-hidden="true">
              <Kbd keys="Ctrl K" />
            </span>
          </Button>
          <AccountMenu onShortcuts={onHelp} />
        </header>
        <div className="hidden border-r border-line bg-panel px-2 py-3 sm:block">
          <SideNav />
        </div>
        <main id="main" tabIndex={-1} className="stack max-w-[1600px] p-3.5 sm:px-6 sm:py-5">
          <Content />
          <div ref={layer} />
          <Dialog open={open === 'menu'} onClose={close} title="Menu">
            <SideNav onNavigate={close} />
          </Dialog>
          <JumpDialog open={open === 'search'} onClose={close} />
          <ShortcutsDialog open={open === 'help'} onClose={close} />
          <ConfirmPassword />
          <SignInAgain />
        </main>
      </div>
    </LayerContext>
  )
}

/** The page, or a note that it is not for this account. */
function Content() {
  const account = useAccount()
  const path = useRouterState({ select: ({ location }) => location.pathname })
  if (path.startsWith('/admin/') && account.role !== 'admin') return <NotForThisAccount />
  return <Outlet />
}

function NotForThisAccount() {
  return (
    <>
      <PageHead title="Not for this account" />
      <p>These pages are for admins. Another admin can give your account that role.</p>
    </>
  )
}

function focusMain(event: React.MouseEvent): void {
  // Without the fragment, which would be a navigation of its own.
  event.preventDefault()
  document.getElementById('main')?.focus()
}
