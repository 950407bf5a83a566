import {
  Background,
  BaseEdge,
  Controls,
  Handle,
  MarkerType,
  MiniMap,
  Position,
  ReactFlow,
  type Edge,
  type EdgeProps,
  type FitViewOptions,
  type Node,
  type NodeProps
} from '@xyflow/react'
import '@xyflow/react/dist/style.css'
import { useMemo } from 'react'
import { copyText } from '../../lib/copy.ts'
import { saveFile } from '../../lib/save-file.ts'
import { durationText } from '../../lib/time.ts'
import { Button } from '../../ui/Button.tsx'
import { notify } from '../../ui/notify.tsx'
import { lanePath, shortLabel } from './lanes.ts'
import { layoutOf } from './layout.ts'
import { mermaidOf } from './mermaid.ts'
import type { Box, Lane, Layout } from './shapes.ts'
import { svgOf } from './svg.ts'

/** What a run did with a step. */
export interface Passed {
  status: string
  durationMs: number
}

interface StepData extends Record<string, unknown> {
  box: Box
  selected: boolean
  /** Undefined where no run is shown. */
  passed: Passed | undefined
  /** A run is shown that did not reach this step. */
  missed: boolean
}

/** The flow as nested boxes, read-only. With `path`, it shows the way of a run. */
export default function Diagram({
  document,
  name,
  selected,
  path,
  onSelect
}: {
  document: unknown
  name: string
  selected?: string | undefined
  path?: ReadonlyMap<string, Passed> | undefined
  onSelect: (pointer: string) => void
}) {
  const layout = useMemo(() => layoutOf(document), [document])
  const nodes = useMemo(
    () =>
      layout.boxes.map((box): Node<StepData> => {
        const passed = path?.get(box.id)
        return {
          id: box.id,
          type: 'step',
          position: { x: box.x, y: box.y },
          width: box.width,
          height: box.height,
          zIndex: box.group ? 0 : 1,
          focusable: false,
          data: { box, selected: box.id === selected, passed, missed: path !== undefined && !passed }
        }
      }),
    [layout, selected, path]
  )
  const edges = useMemo(
    () =>
      layout.lines.map(({ id, from, to, label, lane }): Edge => {
        const taken = path?.has(from) && path.has(to)
        return {
          id,
          source: from,
          target: to,
          label,
          ...(lane ? { type: 'lane', data: { lane } } : { type: 'smoothstep' }),
          focusable: false,
          markerEnd: { type: MarkerType.ArrowClosed, color: 'var(--line-strong)' },
          style: { stroke: taken ? 'var(--accent)' : 'var(--line-strong)', strokeWidth: taken ? 3 : 1.2 },
          labelStyle: { fill: 'var(--text)' },
          labelBgStyle: { fill: 'var(--bg)' }
        }
      }),
    [layout, path]
  )
  const fit = useMemo(() => fitOf(layout), [layout])
  return (
    <figure aria-label="Diagram" className="m-0 flex min-w-0 flex-col gap-2">
      <div className="row justify-end">
        <Button
          onClick={() =>
            void copyText(mermaidOf(layout)).then((done) =>
              notify(done ? 'Diagram copied as Mermaid' : 'This browser does not let pages copy')
            )
          }
        >
          Copy as Mermaid
        </Button>
        <Button onClick={() => saveFile(`${name}.svg`, 'image/svg+xml', svgOf(layout, name))}>Download SVG</Button>
      </div>
      <div className="h-[60vh] min-h-[420px] min-w-0 rounded-md border border-line-strong bg-bg">
        <ReactFlow
          nodes={nodes}
          edges={edges}
          nodeTypes={NODE_TYPES}
          edgeTypes={EDGE_TYPES}
          // The buttons in the boxes select their box, by pointer and by key.
          onNodeClick={(_, { id }) => onSelect(id)}
          nodesDraggable={false}
          nodesConnectable={false}
          elementsSelectable={false}
          nodesFocusable={false}
          edgesFocusable={false}
          fitView
          fitViewOptions={fit}
          minZoom={0.1}
          onlyRenderVisibleElements={layout.boxes.length > 150}
        >
          <Background color="var(--line)" />
          <Controls showInteractive={false} />
          {layout.boxes.length > 20 && <MiniMap pannable zoomable ariaLabel="Overview of the diagram" />}
        </ReactFlow>
      </div>
    </figure>
  )
}

/** The zoom buttons are on the left; on the right, lanes and their labels extend beyond the boxes. */
function fitOf({ width, boxes }: Layout): FitViewOptions {
  const beyond = width - Math.max(0, ...boxes.map((box) => box.x + box.width))
  return { padding: { left: '56px', right: `${16 + beyond}px`, top: '16px', bottom: '16px' }, maxZoom: 1 }
}

const NODE_TYPES = { step: StepNode }
const EDGE_TYPES = { lane: LaneEdge }

function LaneEdge({ label, data, style, markerEnd }: EdgeProps<Edge<{ lane: Lane }>>) {
  if (!data) return null
  const { lane } = data
  return (
    <>
      <BaseEdge path={lanePath(lane)} {...(style ? { style } : {})} {...(markerEnd ? { markerEnd } : {})} />
      <text x={lane.label.x} y={lane.label.y} className="react-flow__edge-text">
        {typeof label === 'string' && shortLabel(label)}
      </text>
    </>
  )
}

function StepNode({ data: { box, selected, passed, missed } }: NodeProps<Node<StepData>>) {
  const failed = passed?.status === 'failed'
  const border = failed
    ? 'border-2 border-bad'
    : passed
      ? 'border-2 border-accent'
      : selected
        ? 'border-accent'
        : 'border-line-strong'
  return (
    <>
      <Handle type="target" position={Position.Top} isConnectable={false} className="opacity-0" />
      <button
        type="button"
        aria-pressed={selected}
        className={
          'nodrag flex size-full flex-col items-start overflow-hidden rounded-lg border px-2.5 py-1.5 text-left ' +
          `${box.group ? 'bg-transparent' : 'bg-panel'} ${border} ${missed ? 'border-dashed' : ''}`
        }
      >
        <span className="flex max-w-full gap-1">
          {failed && <span className="text-bad">✕</span>}
          <strong className="truncate">{box.name}</strong>
          {passed && <span className="dim small whitespace-nowrap">{durationText(passed.durationMs)}</span>}
        </span>
        <span className="dim small max-w-full truncate">
          {box.kind}
          {box.about && `: ${box.about}`}
          {missed && ' · not reached'}
        </span>
      </button>
      <Handle type="source" position={Position.Bottom} isConnectable={false} className="opacity-0" />
    </>
  )
}
