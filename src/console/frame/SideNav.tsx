import { useRouterState } from '@tanstack/react-router'
import { Link } from '../ui/Link.tsx'
import { navigationFor, type NavigationGroup } from './navigation.ts'
import { useAccount } from './session.tsx'

/** The navigation: at the side, or in the dialog that the button Menu opens. */
export function SideNav({ onNavigate }: { onNavigate?: () => void }) {
  const account = useAccount()
  const path = useRouterState({ select: ({ location }) => location.pathname })
  return (
    <nav aria-label="Main" className="flex flex-col gap-3">
      {navigationFor({ admin: account.role === 'admin' }).map((group) => (
        <Group key={group.label ?? ''} group={group} path={path} onNavigate={onNavigate} />
      ))}
    </nav>
  )
}

function Group({
  group,
  path,
  onNavigate
}: {
  group: NavigationGroup
  path: string
  onNavigate: (() => void) | undefined
}) {
  return (
    <div>
      {group.label && (
        <p className="px-2.5 py-1 text-[11px] leading-4 font-semibold tracking-wide text-dim uppercase">
          {group.label}
        </p>
      )}
      <ul>
        {group.links.map(({ label, to }) => (
          <li key={to}>
            <Link
              to={to}
              onClick={() => onNavigate?.()}
              aria-current={isUnder(path, to) ? 'page' : undefined}
              className={
                'block rounded-md px-2.5 py-[5px] text-text no-underline hover:bg-code ' +
                'aria-[current=page]:bg-accent-soft aria-[current=page]:font-semibold aria-[current=page]:text-accent'
              }
            >
              {label}
            </Link>
          </li>
        ))}
      </ul>
    </div>
  )
}

/** Whether a page belongs to the list above it. */
function isUnder(path: string, to: string): boolean {
  return path === to || (to !== '/' && path.startsWith(`${to}/`))
}
