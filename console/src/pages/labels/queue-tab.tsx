import { PrinterOutlined } from '@ant-design/icons'
import { Button } from 'antd'
import { type ReactNode, useMemo, useState } from 'react'
import type { PrintTask } from '#/api/label-types.ts'
import { useCan } from '#/api/session.ts'
import { useWording, type Wording } from '#/i18n/language.tsx'
import { ListView } from '#/parts/list-view/list-view.tsx'
import type { ListColumn } from '#/parts/list-view/types.ts'
import { useCursorList } from '#/parts/list-view/use-cursor-list.ts'
import { TeachingEmpty } from '#/parts/small.tsx'
import { Tag } from '#/parts/tag.tsx'
import { TimeText } from '#/parts/time-text.tsx'
import { Devices } from './devices.tsx'
import type { LabelsChange } from './labels-page.tsx'
import { type TaskAsk, TaskDialog } from './task-dialog.tsx'
import { STATE_TONE } from './use-labels.ts'

const rowKey = (row: PrintTask) => row.id
const rowName = (row: PrintTask) => row.batchNo
const NONE = {}

/** What printers have to print and did, and the printers themselves. */
export function QueueTab({
  tabs,
  onChange,
}: {
  readonly tabs: ReactNode
  readonly onChange: (change: LabelsChange) => void
}) {
  const wording = useWording()
  const { t } = wording
  const can = useCan()
  const list = useCursorList<PrintTask>('/api/print/tasks', NONE)
  const [asking, setAsking] = useState<TaskAsk | null>(null)
  const mayPrint = can('labels:print')
  const columns = useMemo(() => taskColumns(wording, mayPrint ? setAsking : null), [wording, mayPrint])
  return (
    <div className="hf-split">
      <ListView<PrintTask>
        name="labels-queue"
        label={t('labels.tab.queue')}
        columns={columns}
        rowKey={rowKey}
        rowName={rowName}
        list={list}
        filtered={false}
        onClearFilters={list.refresh}
        views={tabs}
        onOpen={(row) => onChange({ batch: row.batchId })}
        empty={
          <TeachingEmpty
            icon={<PrinterOutlined />}
            title={t('labels.queue.empty')}
            hint={t('labels.queue.hint')}
          />
        }
      />
      <Devices mayWrite={can('parcels:write')} />
      {asking === null ? null : <TaskDialog ask={asking} onClose={() => setAsking(null)} />}
    </div>
  )
}

type Act = (ask: TaskAsk) => void

function taskColumns({ t }: Wording, act: Act | null): readonly ListColumn<PrintTask>[] {
  return [
    {
      key: 'batchNo',
      title: t('labels.col.batchNo'),
      width: 140,
      pinned: true,
      render: (row) => <span className="hf-num">{row.batchNo}</span>,
    },
    { key: 'device', title: t('labels.col.device'), width: 90, render: (row) => row.device },
    {
      key: 'kind',
      title: t('labels.col.kind'),
      width: 100,
      render: (row) => `${t(`labels.kind.${row.kind}` as 'labels.kind.pdf')} ×${row.labels}`,
    },
    {
      key: 'state',
      title: t('labels.col.state'),
      width: 90,
      render: (row) => (
        <Tag tone={STATE_TONE[row.state] ?? 'neutral'} dot>
          {t(`labels.state.${row.state}` as 'labels.state.queued')}
        </Tag>
      ),
    },
    {
      key: 'deliveries',
      title: t('labels.col.deliveries'),
      width: 110,
      render: (row) =>
        row.printedTimes > 1 ? (
          <span className="hf-bad-text">{t('labels.twice', { n: row.printedTimes })}</span>
        ) : row.deliveries > 1 ? (
          t('labels.again', { n: row.deliveries })
        ) : (
          row.deliveries
        ),
    },
    {
      key: 'words',
      title: t('labels.col.words'),
      width: 100,
      render: (row) => <span title={row.words}>{row.words}</span>,
    },
    {
      key: 'queuedAt',
      title: t('labels.col.queuedAt'),
      width: 96,
      render: (row) => <TimeText at={row.queuedAt} />,
    },
    {
      key: 'act',
      title: '',
      width: 150,
      render: (row) =>
        act === null || row.state === 'printed' || row.state === 'dropped' ? null : (
          <span className="hf-label-row-acts">
            <Button
              size="small"
              onClick={(event) => {
                event.stopPropagation()
                act({ task: row, what: 'requeue' })
              }}
            >
              {t('labels.requeue')}
            </Button>
            <Button
              size="small"
              onClick={(event) => {
                event.stopPropagation()
                act({ task: row, what: 'drop' })
              }}
            >
              {t('labels.drop')}
            </Button>
          </span>
        ),
    },
  ]
}
