import { lazy, Suspense, useState } from 'react'
import type { Page } from '../../api/types.ts'
import { useRead } from '../../api/use-api.ts'
import { useUncached } from '../../api/use-uncached.ts'
import { changesBetween } from '../../flow/changes.ts'
import type { Flow } from '../../api/types.ts'
import { yamlOf } from '../../flow/yaml.ts'
import { useWorkspace } from '../../frame/workspace.ts'
import { useParam, useQueryText } from '../../lib/navigation.ts'
import { Button } from '../../ui/Button.tsx'
import { Loaded } from '../../ui/Loaded.tsx'
import { PageHead } from '../../ui/PageHead.tsx'
import { Section } from '../../ui/Section.tsx'
import { Select } from '../../ui/Select.tsx'
import { Skeleton } from '../../ui/Skeleton.tsx'
import { ChangeList } from './ChangeList.tsx'
import { MakeDraft } from './MakeDraft.tsx'
import { PublishDialog } from './PublishDialog.tsx'
import type { FlowVersion } from '../../api/types.ts'

const MergeText = lazy(() => import('../../flow/MergeText.tsx'))

export default function Compare() {
  const id = useParam('id')
  const latest = useUncached<Flow>(`/v1/flows/${id}`)
  return (
    <Loaded query={latest} page>
      {(flow) => <Versions key={flow.id} flow={flow} onChange={latest.refetch} />}
    </Loaded>
  )
}

function Versions({ flow, onChange }: { flow: Flow; onChange: () => void }) {
  const [{ from = String(flow.publishedVersion), to = String(flow.latestVersion) }, setQuery] = useQueryText()
  const { canEdit } = useWorkspace(flow.workspaceId)
  const versions = useRead<Page<FlowVersion>>(`/v1/flows/${flow.id}/versions`, { query: { limit: 200 } })
  const [asking, setAsking] = useState(false)
  const before = useUncached<Flow>(`/v1/flows/${flow.id}`, { version: from })
  const after = useUncached<Flow>(`/v1/flows/${flow.id}`, { version: to })
  const options = (versions.data?.items ?? []).map(({ version }) => ({ value: String(version), label: `${version}` }))
  return (
    <>
      <PageHead
        title="Compare versions"
        parent={{ to: `/flows/${flow.id}`, label: flow.name }}
        about={`Listeners run version ${flow.publishedVersion}.`}
        actions={
          canEdit && (
            <>
              {Number(from) !== flow.latestVersion && <MakeDraft flow={flow} version={from} />}
              {Number(to) !== flow.publishedVersion && (
                <Button look="primary" onClick={() => setAsking(true)}>
                  Publish version {to}…
                </Button>
              )}
            </>
          )
        }
      />
      <div className="row items-end">
        <Select label="From version" value={from} options={options} onChange={(next) => setQuery({ from: next })} />
        <Select label="To version" value={to} options={options} onChange={(next) => setQuery({ to: next })} />
      </div>
      <Loaded query={before} page>
        {(old) => (
          <Loaded query={after} page>
            {(now) => <Differences before={old} after={now} />}
          </Loaded>
        )}
      </Loaded>
      <PublishDialog
        flow={flow}
        version={Number(to)}
        open={asking}
        onClose={() => setAsking(false)}
        onPublished={onChange}
      />
    </>
  )
}

function Differences({ before, after }: { before: Flow; after: Flow }) {
  const [old, now] = [yamlOf(before), yamlOf(after)]
  if (old === now) return <p>They are the same.</p>
  return (
    <>
      <Section title="Changed steps">
        <ChangeList changes={changesBetween(before.document, after.document)} />
      </Section>
      <Section title="YAML">
        <Suspense fallback={<Skeleton lines={8} />}>
          <MergeText
            before={{ label: `Version ${before.version}`, text: old }}
            after={{ label: `Version ${after.version}`, text: now }}
          />
        </Suspense>
      </Section>
    </>
  )
}
