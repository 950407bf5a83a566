import { Menu } from '../ui/Menu.tsx'
import { isPage } from '../pages/registry.ts'
import { useAccount } from './session.tsx'
import { signOut } from './sign-out.ts'
import { setTheme, useTheme, type Theme } from './theme.ts'

const THEMES: readonly { label: string; theme: Theme }[] = [
  { label: 'System', theme: 'system' },
  { label: 'Light', theme: 'light' },
  { label: 'Dark', theme: 'dark' }
]

/**
 * The menu of the signed-in account. The picture of the account is not loaded, because that would tell its host who is
 * looking.
 */
export function AccountMenu({ onShortcuts }: { onShortcuts: () => void }) {
  const { email, name } = useAccount()
  const theme = useTheme()
  return (
    <Menu
      label={`Account: ${email}`}
      trigger={<span aria-hidden="true">{(name || email).slice(0, 1).toUpperCase()}</span>}
      groups={[
        { label: email, items: isPage('/account') ? [{ label: 'Account', to: '/account' }] : [] },
        {
          label: 'Theme',
          items: THEMES.map((choice) => ({
            label: choice.label,
            checked: choice.theme === theme,
            onSelect: () => setTheme(choice.theme)
          }))
        },
        {
          items: [
            { label: 'API reference', href: '/docs' },
            { label: 'Keyboard shortcuts', onSelect: onShortcuts },
            { label: 'Sign out', onSelect: () => void signOut() }
          ]
        }
      ]}
    />
  )
}
