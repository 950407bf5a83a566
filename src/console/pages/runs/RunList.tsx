import { useQueryText } from '../../lib/navigation.ts'
import { PageHead } from '../../ui/PageHead.tsx'
import { Tabs } from '../../ui/Tabs.tsx'
import { InWorkspace } from '../../frame/InWorkspace.tsx'
import { RoleNote } from '../../frame/RoleNote.tsx'
import { GivenUp } from './GivenUp.tsx'
import { RunsTab } from './RunsTab.tsx'

const GIVEN_UP = 'given-up'

export default function RunList() {
  const [{ tab }, setQuery] = useQueryText()
  return (
    <>
      <PageHead title="Runs" about="Each call of a listener and each tick of a schedule runs a flow once." />
      <RoleNote />
      <InWorkspace>
        {({ id }) => (
          <Tabs
            label="Runs"
            value={tab === GIVEN_UP ? GIVEN_UP : 'runs'}
            onChange={(next) => setQuery({ tab: next === 'runs' ? undefined : next })}
            tabs={[
              { value: 'runs', label: 'All runs', content: <RunsTab key={id} workspaceId={id} /> },
              { value: GIVEN_UP, label: 'Given up', content: <GivenUp key={id} workspaceId={id} /> }
            ]}
          />
        )}
      </InWorkspace>
    </>
  )
}
