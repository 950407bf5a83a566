import { useQueryText } from '../lib/navigation.ts'
import { writeStored } from '../lib/stored.ts'
import { isPage } from '../pages/registry.ts'
import { ChevronDown } from '../ui/icons.tsx'
import { Menu } from '../ui/Menu.tsx'
import { useWorkspace } from './workspace.ts'

/** The menu that selects the workspace of the lists. */
export function WorkspaceMenu() {
  const { workspace, workspaces } = useWorkspace()
  const [search, setSearch] = useQueryText()
  if (!workspace) return null
  const choose = (id: string): void => {
    writeStored('workspace', id)
    // A list that was opened by a link with a workspace follows the choice.
    if (search['workspace']) setSearch({ workspace: id })
  }
  return (
    <Menu
      label={`Workspace: ${workspace.name}`}
      trigger={
        <>
          <span className="max-w-24 truncate sm:max-w-48">{workspace.name}</span>
          <ChevronDown />
        </>
      }
      groups={[
        {
          label: 'Workspaces',
          items: workspaces.map(({ id, name }) => ({
            label: name,
            checked: id === workspace.id,
            onSelect: () => choose(id)
          }))
        },
        {
          items: [
            ...(isPage('/workspace/new') ? [{ label: 'Create workspace', to: '/workspace/new' }] : []),
            ...(isPage('/workspace') ? [{ label: 'Workspace settings', to: '/workspace' }] : [])
          ]
        }
      ]}
    />
  )
}
