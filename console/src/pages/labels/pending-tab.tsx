import { PrinterOutlined } from '@ant-design/icons'
import { useNavigate } from '@tanstack/react-router'
import { Button, Input } from 'antd'
import { type ReactNode, useMemo, useState } from 'react'
import type { PendingLabel } from '#/api/label-types.ts'
import { useCan } from '#/api/session.ts'
import { useWording, type Wording } from '#/i18n/language.tsx'
import { CarrierName } from '#/parts/carrier-name.tsx'
import { ListView } from '#/parts/list-view/list-view.tsx'
import type { ListColumn } from '#/parts/list-view/types.ts'
import { useCursorList } from '#/parts/list-view/use-cursor-list.ts'
import { TeachingEmpty } from '#/parts/small.tsx'
import { TimeText } from '#/parts/time-text.tsx'
import { WarehouseName } from '#/parts/warehouse-name.tsx'
import type { LabelsChange } from './labels-page.tsx'
import { LabelPreviewDialog } from './preview.tsx'
import { PrintDialog } from './print-dialog.tsx'

const rowKey = (row: PendingLabel) => row.waybillId
const rowName = (row: PendingLabel) => row.trackingNo

/** Waybills with a number and no printed label: pick, look, print. */
export function PendingTab({
  tabs,
  q,
  onChange,
}: {
  readonly tabs: ReactNode
  readonly q: string | undefined
  readonly onChange: (change: LabelsChange) => void
}) {
  const wording = useWording()
  const { t } = wording
  const can = useCan()
  const navigate = useNavigate()
  const query = useMemo(() => (q === undefined ? {} : { q }), [q])
  const list = useCursorList<PendingLabel>('/api/labels/pending', query)
  const [printing, setPrinting] = useState<{ ids: readonly string[]; clear: () => void } | null>(null)
  const [shown, setShown] = useState<PendingLabel | null>(null)
  const columns = useMemo(() => pendingColumns(wording), [wording])
  return (
    <>
      <ListView<PendingLabel>
        name="labels-pending"
        label={t('labels.tab.pending')}
        columns={columns}
        rowKey={rowKey}
        rowName={rowName}
        list={list}
        views={tabs}
        onOpen={(row) => setShown(row)}
        filters={
          <Input.Search
            allowClear
            className="hf-filter"
            aria-label={t('labels.search')}
            placeholder={t('labels.search')}
            defaultValue={q ?? ''}
            onSearch={(text) => onChange({ q: text.trim() === '' ? undefined : text.trim() })}
          />
        }
        filtered={q !== undefined}
        onClearFilters={() => onChange({ q: undefined })}
        empty={
          <TeachingEmpty
            icon={<PrinterOutlined />}
            title={t('labels.pending.empty')}
            hint={t('labels.pending.hint')}
          />
        }
        {...(can('labels:print')
          ? {
              bulk: (selection) => (
                <Button
                  type="primary"
                  icon={<PrinterOutlined />}
                  onClick={() => setPrinting({ ids: selection.ids, clear: selection.clear })}
                >
                  {t('labels.print')}
                </Button>
              ),
            }
          : {})}
      />
      {printing === null ? null : (
        <PrintDialog
          ids={printing.ids}
          onClose={() => setPrinting(null)}
          onDone={(batch) => {
            printing.clear()
            setPrinting(null)
            void navigate({ to: '/labels', search: { tab: 'batches', batch } })
          }}
        />
      )}
      {shown === null ? null : <LabelPreviewDialog waybill={shown} onClose={() => setShown(null)} />}
    </>
  )
}

function pendingColumns({ t }: Wording): readonly ListColumn<PendingLabel>[] {
  return [
    {
      key: 'trackingNo',
      title: t('labels.col.trackingNo'),
      width: 170,
      pinned: true,
      render: (row) => <span className="hf-num">{row.trackingNo}</span>,
    },
    {
      key: 'carrier',
      title: t('labels.col.carrier'),
      width: 90,
      render: (row) => <CarrierName code={row.carrier} />,
    },
    {
      key: 'orderNos',
      title: t('labels.col.orderNos'),
      width: 220,
      render: (row) => <span className="hf-num">{row.orderNos.join('、')}</span>,
    },
    {
      key: 'warehouse',
      title: t('labels.col.warehouse'),
      width: 90,
      render: (row) => row.warehouse && <WarehouseName code={row.warehouse} />,
    },
    {
      key: 'pieces',
      title: t('labels.col.pieces'),
      width: 60,
      align: 'right',
      render: (row) => <span className="hf-num">{row.pieces}</span>,
    },
    {
      key: 'document',
      title: t('labels.col.document'),
      width: 120,
      render: (row) =>
        t(
          row.document === null
            ? 'labels.document.own'
            : row.document === 'sealed'
              ? 'labels.document.sealed'
              : 'labels.document.carrier',
        ),
    },
    {
      key: 'batches',
      title: t('labels.col.batches'),
      width: 80,
      align: 'right',
      render: (row) => (row.batches === 0 ? null : <span className="hf-num">{row.batches}</span>),
    },
    {
      key: 'issuedAt',
      title: t('labels.col.issuedAt'),
      width: 100,
      render: (row) => <TimeText at={row.issuedAt} />,
    },
  ]
}
