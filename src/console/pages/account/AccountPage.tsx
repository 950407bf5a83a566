import { useAccount } from '../../frame/session.tsx'
import { useQueryText } from '../../lib/navigation.ts'
import { PageHead } from '../../ui/PageHead.tsx'
import { Tabs } from '../../ui/Tabs.tsx'
import { Tag } from '../../ui/Tag.tsx'
import { PasswordTab } from './PasswordTab.tsx'
import { PreferencesTab } from './PreferencesTab.tsx'
import { ProfileTab } from './ProfileTab.tsx'
import { SecondFactorTab } from './SecondFactorTab.tsx'
import { SessionsTab } from './SessionsTab.tsx'

const TABS = [
  { value: 'profile', label: 'Profile', content: <ProfileTab /> },
  { value: 'password', label: 'Password', content: <PasswordTab /> },
  { value: 'second-factor', label: 'Second factor', content: <SecondFactorTab /> },
  { value: 'sessions', label: 'Sessions', content: <SessionsTab /> },
  { value: 'preferences', label: 'Preferences', content: <PreferencesTab /> }
]

export default function AccountPage() {
  const { email, role } = useAccount()
  const [{ tab = 'profile' }, setQuery] = useQueryText()
  return (
    <>
      <PageHead title="Account" about={email} beside={role === 'admin' && <Tag tone="accent">admin</Tag>} />
      <Tabs
        label="Parts of the account"
        value={TABS.some(({ value }) => value === tab) ? tab : 'profile'}
        tabs={TABS}
        onChange={(next) => setQuery({ tab: next === 'profile' ? undefined : next })}
      />
    </>
  )
}
