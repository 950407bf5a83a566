import { lazy, Suspense, useCallback, type ReactNode } from 'react'
import { useUncached } from '../../api/use-uncached.ts'
import type { Flow } from '../../api/types.ts'
import { RoleNote } from '../../frame/RoleNote.tsx'
import { useWorkspace } from '../../frame/workspace.ts'
import { useParam, useQueryText } from '../../lib/navigation.ts'
import { Loaded } from '../../ui/Loaded.tsx'
import { Skeleton } from '../../ui/Skeleton.tsx'
import { Tabs } from '../../ui/Tabs.tsx'
import { Build } from './Build.tsx'
import { FlowHead } from './FlowHead.tsx'

// The builder opens first; the other views are loaded on demand.
const FlowRuns = lazy(() => import('./FlowRuns.tsx'))
const ScheduleTab = lazy(() => import('./ScheduleTab.tsx'))
const UsedBy = lazy(() => import('./UsedBy.tsx'))
const VersionsTab = lazy(() => import('./VersionsTab.tsx'))

export default function FlowPage() {
  const id = useParam('id')
  const flow = useUncached<Flow>(`/v1/flows/${id}`)
  return (
    <Loaded query={flow} page lines={8}>
      {(data) => <Views key={data.id} flow={data} onChange={flow.refetch} />}
    </Loaded>
  )
}

function Views({ flow, onChange }: { flow: Flow; onChange: () => void }) {
  const { canEdit } = useWorkspace(flow.workspaceId)
  const [{ tab = 'build' }, setQuery] = useQueryText()
  const choose = useCallback((next: string) => setQuery({ tab: next === 'build' ? undefined : next }), [setQuery])
  const tabs = [
    { value: 'build', label: 'Build', content: <Build flow={flow} canEdit={canEdit} onSaved={onChange} /> },
    {
      value: 'versions',
      label: 'Versions',
      content: later(<VersionsTab flow={flow} canEdit={canEdit} onChange={onChange} />)
    },
    { value: 'runs', label: 'Runs', content: later(<FlowRuns flow={flow} />) },
    { value: 'used', label: 'Used by', content: later(<UsedBy flow={flow} canEdit={canEdit} />) },
    { value: 'schedule', label: 'Schedule', content: later(<ScheduleTab flow={flow} canEdit={canEdit} />) }
  ]
  return (
    <>
      <FlowHead flow={flow} canEdit={canEdit} onPublished={onChange} />
      <RoleNote workspaceId={flow.workspaceId} />
      <Tabs
        label="Views of the flow"
        value={tabs.some(({ value }) => value === tab) ? tab : 'build'}
        tabs={tabs}
        onChange={choose}
      />
    </>
  )
}

function later(view: ReactNode): ReactNode {
  return <Suspense fallback={<Skeleton lines={6} />}>{view}</Suspense>
}
