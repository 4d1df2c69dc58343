import { DeleteOutlined, PlusOutlined } from '@ant-design/icons'
import { useQuery } from '@tanstack/react-query'
import { Alert, Button, InputNumber, Modal, Select } from 'antd'
import { useState } from 'react'
import type { ManualParcel, PlanPiece, PlanShape } from '#/api/fulfilment-types.ts'
import { warehousesQuery } from '#/api/warehouse-types.ts'
import { useWording } from '#/i18n/language.tsx'
import { arrangementOf, movePieces, type Row, restOf } from './arrange.ts'
import { PlanChangeDialog } from './plan-change-dialog.tsx'

/** Parcels by hand: a row per product, a column per parcel, pieces in the cells. */
export function ArrangeDialog({
  plan,
  units,
  orderId,
  onClose,
}: {
  readonly plan: PlanShape
  /** Where the plan has no parcels: what there is to send, all in one to begin with. */
  readonly units: readonly PlanPiece[]
  readonly orderId: string
  readonly onClose: () => void
}) {
  const { t } = useWording()
  const [given] = useState(() =>
    plan.parcels.length > 0 ? plan.parcels : [{ warehouse: null, pieces: units }],
  )
  const [rows, setRows] = useState<readonly Row[]>(() => arrangementOf(given))
  const [from, setFrom] = useState<readonly (string | null)[]>(() => given.map((parcel) => parcel.warehouse))
  const [asked, setAsked] = useState<readonly ManualParcel[] | null>(null)
  if (rows.length === 0)
    return (
      <Modal open title={t('fulfilment.do.arrange')} footer={null} onCancel={onClose}>
        <Alert type="info" showIcon title={t('fulfilment.arrange.nothing')} />
      </Modal>
    )
  if (asked !== null)
    return (
      <PlanChangeDialog
        orderId={orderId}
        revision={plan.revision}
        change={{ do: 'arrange', parcels: asked }}
        onClose={onClose}
      />
    )
  const open = rows.some((row) => restOf(row) !== 0)
  return (
    <Modal
      open
      width={Math.min(1_100, 420 + from.length * 160)}
      title={t('fulfilment.do.arrange')}
      okText={t('fulfilment.arrange.look')}
      okButtonProps={{ disabled: open }}
      onOk={() => setAsked(parcelsOf(rows, from))}
      onCancel={onClose}
    >
      <p className="hf-faint">{t('fulfilment.arrange.lead')}</p>
      <div className="hf-scroll-x">
        <table className="hf-plain-table hf-arrange">
          <thead>
            <tr>
              <th>{t('fulfilment.arrange.product')}</th>
              {from.map((warehouse, i) => (
                // biome-ignore lint/suspicious/noArrayIndexKey: a parcel is its place
                <th key={i}>
                  <ParcelHead
                    index={i}
                    warehouse={warehouse}
                    onWarehouse={(code) => setFrom(from.map((one, at) => (at === i ? code : one)))}
                    onDrop={
                      from.length > 1
                        ? () => {
                            setRows(rows.map((row) => movePieces(row, i, null)))
                            setFrom(from.filter((_, at) => at !== i))
                          }
                        : null
                    }
                  />
                </th>
              ))}
              <th className="hf-right">{t('fulfilment.arrange.rest')}</th>
            </tr>
          </thead>
          <tbody>
            {rows.map((row, r) => (
              <tr key={row.unit}>
                <td>
                  <code>{row.sku}</code> <span className="hf-num">×{row.total}</span>
                  <div className="hf-faint">{row.title}</div>
                </td>
                {from.map((_, i) => (
                  // biome-ignore lint/suspicious/noArrayIndexKey: a parcel is its place
                  <td key={i}>
                    <InputNumber
                      min={0}
                      max={row.total}
                      precision={0}
                      aria-label={t('fulfilment.arrange.cell', { sku: row.sku, n: i + 1 })}
                      value={row.counts[i] ?? 0}
                      onChange={(value) =>
                        setRows(
                          rows.map((one, at) => (at === r ? movePieces(one, i, Number(value ?? 0)) : one)),
                        )
                      }
                    />
                  </td>
                ))}
                <td className={`hf-right hf-num ${restOf(row) === 0 ? 'hf-faint' : 'hf-plan-bad'}`}>
                  {restOf(row)}
                </td>
              </tr>
            ))}
          </tbody>
        </table>
      </div>
      <Button icon={<PlusOutlined />} onClick={() => setFrom([...from, null])} disabled={from.length >= 20}>
        {t('fulfilment.arrange.add')}
      </Button>
    </Modal>
  )
}

function ParcelHead({
  index,
  warehouse,
  onWarehouse,
  onDrop,
}: {
  readonly index: number
  readonly warehouse: string | null
  readonly onWarehouse: (code: string | null) => void
  readonly onDrop: (() => void) | null
}) {
  const { t } = useWording()
  const { data } = useQuery(warehousesQuery)
  return (
    <span className="hf-inline">
      {t('fulfilment.arrange.parcel', { n: index + 1 })}
      <Select
        size="small"
        style={{ minWidth: 110 }}
        aria-label={t('fulfilment.arrange.from', { n: index + 1 })}
        value={warehouse ?? ''}
        onChange={(code: string) => onWarehouse(code === '' ? null : code)}
        options={[
          { value: '', label: t('fulfilment.arrange.any') },
          ...(data ?? []).filter((one) => one.active).map((one) => ({ value: one.code, label: one.name })),
        ]}
      />
      {onDrop ? (
        <Button
          size="small"
          type="text"
          icon={<DeleteOutlined />}
          aria-label={t('fulfilment.arrange.drop', { n: index + 1 })}
          onClick={onDrop}
        />
      ) : null}
    </span>
  )
}

function parcelsOf(rows: readonly Row[], from: readonly (string | null)[]): ManualParcel[] {
  return from
    .map((warehouse, i) => ({
      warehouse,
      pieces: rows.flatMap((row) => {
        const quantity = row.counts[i] ?? 0
        return quantity > 0 ? [{ unit: row.unit, quantity }] : []
      }),
    }))
    .filter((parcel) => parcel.pieces.length > 0)
}
