import { useState } from 'react'
import { useList } from '../../api/use-api.ts'
import type { Flow } from '../../api/types.ts'
import { Button, ButtonLink } from '../../ui/Button.tsx'
import { Empty } from '../../ui/Empty.tsx'
import { Table, type Column } from '../../ui/Table.tsx'
import { Tag } from '../../ui/Tag.tsx'
import { Time } from '../../ui/Time.tsx'
import { MakeDraft } from './MakeDraft.tsx'
import { PublishDialog } from './PublishDialog.tsx'
import type { FlowVersion } from '../../api/types.ts'
import { authorName } from './author-name.ts'

/** All saved versions, which never change. */
export default function VersionsTab({
  flow,
  canEdit,
  onChange
}: {
  flow: Flow
  canEdit: boolean
  onChange: () => void
}) {
  const rows = useList<FlowVersion>(`/v1/flows/${flow.id}/versions`)
  const [publishing, setPublishing] = useState<number>()
  const columns: Column<FlowVersion>[] = [
    {
      label: 'Version',
      cell: ({ version }) => (
        <span className="row">
          Version {version}
          {version === flow.publishedVersion && <Tag tone="ok">listeners run it</Tag>}
          {version === flow.latestVersion && version !== flow.publishedVersion && <Tag tone="accent">latest</Tag>}
        </span>
      )
    },
    { label: 'Saved', cell: ({ createdAt }) => <Time at={createdAt} log /> },
    { label: 'By', cell: ({ createdBy }) => authorName(createdBy) },
    { label: 'Note', cell: ({ note }) => note ?? '–' },
    {
      label: 'Actions',
      quiet: true,
      cell: ({ version }) => (
        <div className="row">
          {version !== flow.latestVersion && (
            <ButtonLink
              to={`/flows/${flow.id}/compare`}
              search={{ from: String(version), to: String(flow.latestVersion) }}
            >
              Compare with {flow.latestVersion}
            </ButtonLink>
          )}
          {canEdit && version !== flow.publishedVersion && (
            <Button onClick={() => setPublishing(version)}>Publish version {version}…</Button>
          )}
          {canEdit && version !== flow.latestVersion && <MakeDraft flow={flow} version={String(version)} />}
        </div>
      )
    }
  ]
  return (
    <>
      <Table
        label="Versions"
        rows={rows}
        columns={columns}
        rowId={({ version }) => String(version)}
        empty={<Empty>No versions. Each text that is saved makes one.</Empty>}
      />
      <PublishDialog
        flow={flow}
        version={publishing ?? flow.latestVersion}
        open={publishing !== undefined}
        onClose={() => setPublishing(undefined)}
        onPublished={onChange}
      />
    </>
  )
}
