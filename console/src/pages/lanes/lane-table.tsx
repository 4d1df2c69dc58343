import { Table, type TableProps } from 'antd'
import type { Backlog, Lane, LaneBacklog } from '#/api/backlog-types.ts'
import { useWording } from '#/i18n/language.tsx'
import { Tag } from '#/parts/tag.tsx'
import { Sparkline } from './sparkline.tsx'

export type LaneRow = Lane & { readonly backlog: LaneBacklog | null }

/** Every lane with what waits in it now; a lane through which nothing came has no backlog. */
export function laneRows(lanes: readonly Lane[], backlog: Backlog | undefined): readonly LaneRow[] {
  const byLane = new Map(backlog?.lanes.map((one) => [one.lane, one]))
  return lanes
    .map((lane) => ({ ...lane, backlog: byLane.get(lane.name) ?? null }))
    .toSorted((a, b) => overLimit(b) - overLimit(a))
}

/** By how much a lane is too deep; all others keep their places, so that no row moves under the pointer. */
function overLimit({ backlog, alarmDepth }: LaneRow): number {
  return Math.max(0, (backlog?.depth ?? 0) - alarmDepth)
}

/** A lane of one connection goes by its name; the lane's own name is then an id. */
export function laneTitle({ name, connections }: Pick<Lane, 'name' | 'connections'>): string {
  const [only] = connections
  return connections.length === 1 && only !== undefined && only.id === name ? only.name : name
}

export function LaneTable({
  rows,
  oldSeconds,
  openName,
  onOpen,
}: {
  readonly rows: readonly LaneRow[]
  readonly oldSeconds: number
  readonly openName: string | undefined
  readonly onOpen: (name: string) => void
}) {
  const columns = useLaneColumns(oldSeconds, onOpen)
  return (
    <Table<LaneRow>
      size="small"
      rowKey="name"
      pagination={false}
      tableLayout="fixed"
      columns={columns}
      dataSource={[...rows]}
      rowClassName={(row) => `hf-row ${row.name === openName ? 'hf-row-open' : ''}`}
      onRow={(row) => ({
        onClick: (event) => {
          if (!(event.target as HTMLElement).closest('a, button')) onOpen(row.name)
        },
      })}
    />
  )
}

function useLaneColumns(
  oldSeconds: number,
  onOpen: (name: string) => void,
): NonNullable<TableProps<LaneRow>['columns']> {
  const { t, count, roughly } = useWording()
  return [
    {
      key: 'name',
      title: t('lanes.col.name'),
      ellipsis: true,
      render: (_, row) => (
        <span
          className="hf-lane-name"
          title={[laneTitle(row), ...row.connections.map((one) => one.name)].join('\n')}
        >
          <button type="button" className="hf-link hf-order-no" onClick={() => onOpen(row.name)}>
            {laneTitle(row)}
          </button>
          {row.connections.length > 1 ? (
            <span className="hf-faint"> {row.connections.map((one) => one.name).join(t('lanes.join'))}</span>
          ) : null}
        </span>
      ),
    },
    {
      key: 'class',
      title: t('lanes.col.class'),
      width: 150,
      render: (_, row) => (
        <span className="hf-tags">
          <Tag tone={row.class === 'low_latency' ? 'move' : 'neutral'}>{t(`lanes.class.${row.class}`)}</Tag>
          {row.own ? null : <span className="hf-faint">{t('lanes.standard')}</span>}
        </span>
      ),
    },
    {
      key: 'share',
      title: t('lanes.col.share'),
      width: 128,
      align: 'right',
      render: (_, row) => (
        <span className="hf-num">
          {row.weight} <span className="hf-faint">/ {row.concurrency}</span>
        </span>
      ),
    },
    {
      key: 'depth',
      title: t('lanes.col.depth'),
      width: 130,
      align: 'right',
      render: (_, row) => (
        <Depth depth={row.backlog?.depth ?? 0} capped={row.backlog?.capped === true} limit={row.alarmDepth} />
      ),
    },
    {
      key: 'oldest',
      title: t('lanes.col.oldest'),
      width: 104,
      align: 'right',
      render: (_, row) => {
        const oldest = row.backlog?.oldestSeconds ?? null
        if (oldest === null) return <span className="hf-faint">—</span>
        return <span className={`hf-num ${oldest > oldSeconds ? 'hf-text-bad' : ''}`}>{roughly(oldest)}</span>
      },
    },
    {
      key: 'rates',
      title: t('lanes.col.rates'),
      width: 126,
      align: 'right',
      render: (_, row) => (
        <span className="hf-num">
          {rateText(row.backlog?.arrivalPerSecond ?? 0)} / {rateText(row.backlog?.drainPerSecond ?? 0)}
        </span>
      ),
    },
    {
      key: 'empty',
      title: t('lanes.col.empty'),
      width: 116,
      align: 'right',
      render: (_, row) => (
        <ToEmpty
          depth={row.backlog?.depth ?? 0}
          seconds={row.backlog?.secondsToEmpty}
          limit={row.alarmDepth}
        />
      ),
    },
    {
      key: 'dead',
      title: t('lanes.col.dead'),
      width: 84,
      align: 'right',
      render: (_, row) => (
        <span className={`hf-num ${row.backlog?.dead ? 'hf-text-wait' : 'hf-faint'}`}>
          {count(row.backlog?.dead ?? 0)}
        </span>
      ),
    },
    {
      key: 'recent',
      title: t('lanes.col.recent'),
      width: 160,
      render: (_, row) => (
        <Sparkline
          values={row.backlog?.recent ?? []}
          limit={row.alarmDepth}
          label={t('lanes.recentLabel', { n: Math.max(0, ...(row.backlog?.recent ?? [])) })}
        />
      ),
    },
  ]
}

export function Depth({
  depth,
  capped,
  limit,
}: {
  readonly depth: number
  readonly capped: boolean
  readonly limit: number
}) {
  const { t, count } = useWording()
  const over = depth > limit
  return (
    <span className="hf-depth" title={t('lanes.ofLimit', { n: limit })}>
      <span className={`hf-num ${over ? 'hf-text-bad' : ''}`}>
        {count(depth)}
        {capped ? '+' : ''}
      </span>
      <span className={`hf-depth-bar ${over ? 'hf-depth-over' : ''}`} aria-hidden="true">
        <i style={{ width: `${Math.min(100, (depth / limit) * 100)}%` }} />
      </span>
    </span>
  )
}

/** Below this share of the limit a depth is what is just passing through. */
const PASSING = 0.05

export function ToEmpty({
  depth,
  seconds,
  limit,
}: {
  readonly depth: number
  readonly seconds: number | null | undefined
  readonly limit: number
}) {
  const { t, roughly } = useWording()
  if (depth <= limit * PASSING) return <span className="hf-faint">—</span>
  if (seconds === null || seconds === undefined)
    return <span className="hf-text-bad">{t('lanes.neverEmpty')}</span>
  return <span className="hf-num">{roughly(seconds)}</span>
}

/** Two figures are enough to see which way it goes. */
export function rateText(perSecond: number): string {
  return perSecond >= 10 ? String(Math.round(perSecond)) : perSecond.toFixed(1)
}
