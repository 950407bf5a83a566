import { useAccount } from '../../frame/session.tsx'
import { useQueryText } from '../../lib/navigation.ts'
import { PageHead } from '../../ui/PageHead.tsx'
import { Tabs } from '../../ui/Tabs.tsx'
import { Tag } from '../../ui/Tag.tsx'
import { AuditLog } from '../audit/AuditLog.tsx'
import { PasswordTab } from './PasswordTab.tsx'
import { PreferencesTab } from './PreferencesTab.tsx'
import { ProfileTab } from './ProfileTab.tsx'
import { SecondFactorTab } from './SecondFactorTab.tsx'
import { SessionsTab } from './SessionsTab.tsx'

const ACTIVITY = { to: '/account', search: { tab: 'activity' } }

const TABS = [
  { value: 'profile', label: 'Profile', content: <ProfileTab /> },
  { value: 'password', label: 'Password', content: <PasswordTab /> },
  { value: 'second-factor', label: 'Second factor', content: <SecondFactorTab /> },
  { value: 'sessions', label: 'Sessions', content: <SessionsTab /> },
  { value: 'activity', label: 'Activity', content: <AuditLog path="/v1/account/audit" page={ACTIVITY} /> },
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
