import { Table } from 'antd'
import type { LockCell, LockFigures, LockHeat } from '#/api/transfer-types.ts'
import { useWording } from '#/i18n/language.tsx'
import { TimeText } from '#/parts/time-text.tsx'
import { rateText } from './rates.ts'

/** The map in words: warehouses with their figures, and beneath each the times that were below the aim. */
export function HeatTable({
  heat,
  onPick,
}: {
  readonly heat: LockHeat
  readonly onPick: (cell: LockCell) => void
}) {
  const { t } = useWording()
  return (
    <Table
      size="small"
      className="hf-heat-table"
      rowKey="code"
      pagination={false}
      dataSource={[...heat.warehouses]}
      columns={[
        {
          title: t('lockHealth.col.warehouse'),
          render: (_, row) => (row.code === '-' ? t('lockHealth.nowhere') : row.name),
        },
        ...figureColumns(t),
      ]}
      expandable={{
        expandedRowRender: (row) => <Worst heat={heat} warehouse={row.code} onPick={onPick} />,
        rowExpandable: (row) => row.asked > 0,
      }}
    />
  )
}

function Worst({
  heat,
  warehouse,
  onPick,
}: {
  readonly heat: LockHeat
  readonly warehouse: string
  readonly onPick: (cell: LockCell) => void
}) {
  const { t } = useWording()
  const cells = heat.cells
    .filter((cell) => cell.warehouse === warehouse && cell.rate !== null && cell.rate < heat.line)
    .sort((a, b) => (a.rate ?? 1) - (b.rate ?? 1))
  if (cells.length === 0) return <p className="hf-faint">{t('lockHealth.worstNone')}</p>
  return (
    <>
      <p className="hf-faint">{t('lockHealth.worst')}</p>
      <Table
        size="small"
        rowKey="step"
        pagination={cells.length > 20 ? { pageSize: 20, size: 'small' } : false}
        dataSource={cells}
        columns={[
          {
            title: t('lockHealth.col.time'),
            render: (_, cell) => (
              <button type="button" className="hf-link-button" onClick={() => onPick(cell)}>
                <TimeText at={heat.steps[cell.step]} />
              </button>
            ),
          },
          ...figureColumns(t),
        ]}
      />
    </>
  )
}

function figureColumns(t: ReturnType<typeof useWording>['t']) {
  const column = (title: string, text: (row: LockFigures) => string | number) => ({
    title,
    align: 'right' as const,
    width: 96,
    render: (_: unknown, row: LockFigures) => <span className="hf-num">{text(row)}</span>,
  })
  return [
    column(t('lockHealth.col.asked'), (row) => row.asked),
    column(t('lockHealth.col.locked'), (row) => row.locked),
    column(t('lockHealth.col.refused'), (row) => row.refused),
    column(t('lockHealth.col.timedOut'), (row) => row.timedOut),
    column(t('lockHealth.col.rate'), (row) => rateText(row.rate)),
    column(t('lockHealth.col.technical'), (row) => rateText(row.technicalRate)),
    column(t('lockHealth.col.mean'), (row) => row.tookMsMean ?? '—'),
    column(t('lockHealth.col.most'), (row) => row.tookMsMost),
  ]
}
