import { Button, Space } from 'antd'
import { useMemo, useState } from 'react'
import type { Dispute, Duplicate, Intercept, Reshipment } from '#/api/reship-types.ts'
import { useWording } from '#/i18n/language.tsx'
import type { ListColumn } from '#/parts/list-view/types.ts'
import { Tag } from '#/parts/tag.tsx'
import { TimeText } from '#/parts/time-text.tsx'
import type { Tone } from '#/theme/palette.ts'
import { ActDialog, type DeskAct } from './act-dialog.tsx'

/** A row of any of the four lists; what a list does not have is absent. */
export type DeskRow = {
  readonly id: string
  readonly orderId?: string
  readonly orderNo: string
  readonly shop: string
  readonly state: Reshipment['state'] | Duplicate['state'] | Intercept['state'] | Dispute['state']
  readonly reason?: string
  readonly words?: string | null
  readonly trackingNo?: string
  readonly trackingNos?: readonly string[]
  readonly stopNo?: string | null
  readonly proof?: Reshipment['proof']
  readonly detail?: string | null
  readonly isMine?: boolean
  readonly askedBy?: string
  readonly openedBy?: string
  readonly askedAt?: string
  readonly foundAt?: string
  readonly openedAt?: string
}

/** What waits for a person is marked, what went wrong too. */
export function stateTone(state: DeskRow['state']): Tone {
  if (['waiting', 'open', 'unknown', 'wanted'].includes(state)) return 'wait'
  if (['refused', 'too_late', 'delivered', 'rejected'].includes(state)) return 'bad'
  if (['back', 'proven', 'approved', 'sent', 'upheld'].includes(state)) return 'good'
  return ['accepted', 'returning'].includes(state) ? 'move' : 'muted'
}

const REASONS: readonly string[] = ['missing', 'lost', 'damaged', 'disputed', 'other']

export function useDeskColumns(tab: string, reload: () => void): readonly ListColumn<DeskRow>[] {
  const { t } = useWording()
  return useMemo(
    (): readonly ListColumn<DeskRow>[] => [
      { key: 'order', title: t('reshipments.order'), width: 180, pinned: true, render: (row) => row.orderNo },
      {
        key: 'state',
        title: t('reshipments.state'),
        width: 130,
        render: (row) => <Tag tone={stateTone(row.state)}>{t(`reshipments.s.${row.state}`)}</Tag>,
      },
      {
        key: 'parcels',
        title: t('reshipments.parcels'),
        width: 220,
        render: (row) => (row.trackingNos ?? [row.trackingNo ?? '']).join(' '),
      },
      {
        key: 'reason',
        title: t('reshipments.reason'),
        width: 240,
        render: (row) =>
          [
            REASONS.includes(row.reason ?? '') ? t(`reshipments.r.${row.reason}` as never) : row.reason,
            row.words,
          ]
            .filter(Boolean)
            .join(' · '),
      },
      {
        key: 'evidence',
        title: tab === 'intercepts' ? t('reshipments.answer') : t('reshipments.evidence'),
        width: 200,
        render: (row) =>
          row.detail ?? (row.proof ?? []).map((one) => t(`reshipments.proof.${one.kind}` as never)).join(' '),
      },
      { key: 'shop', title: t('reshipments.shop'), width: 130, render: (row) => row.shop },
      {
        key: 'by',
        title: t('reshipments.by'),
        width: 110,
        render: (row) => row.askedBy ?? row.openedBy ?? '',
      },
      {
        key: 'at',
        title: t('reshipments.at'),
        width: 140,
        render: (row) => <TimeText at={row.askedAt ?? row.foundAt ?? row.openedAt} />,
      },
      {
        key: 'actions',
        title: t('reshipments.actions'),
        width: 220,
        render: (row) => <Actions tab={tab} row={row} reload={reload} />,
      },
    ],
    [t, tab, reload],
  )
}

function Actions({
  tab,
  row,
  reload,
}: {
  readonly tab: string
  readonly row: DeskRow
  readonly reload: () => void
}) {
  const { t } = useWording()
  const [act, setAct] = useState<DeskAct | null>(null)
  const acts = actsOf(tab, row)
  return (
    <Space size={4}>
      {acts.map((one) => (
        <Button
          key={one.label}
          size="small"
          disabled={one.isForOthers && row.isMine === true}
          title={one.isForOthers && row.isMine === true ? t('reshipments.mine') : undefined}
          onClick={(event) => {
            event.stopPropagation()
            setAct(one)
          }}
        >
          {t(one.label, { no: row.stopNo ?? '' })}
        </Button>
      ))}
      {act === null ? null : (
        <ActDialog
          act={act}
          onClose={() => setAct(null)}
          onDone={() => {
            setAct(null)
            reload()
          }}
        />
      )}
    </Space>
  )
}

function actsOf(tab: string, row: DeskRow): readonly DeskAct[] {
  const decide = (
    label: DeskAct['label'],
    path: string,
    decision: string,
    isForOthers: boolean,
  ): DeskAct => ({
    label,
    path,
    body: { decision },
    isForOthers,
  })
  const own = `/api/reshipments/${row.id}`
  if (tab === 'reships' && row.state === 'waiting')
    return [
      decide('reshipments.approve', `${own}/decide`, 'approve', true),
      decide('reshipments.reject', `${own}/decide`, 'reject', false),
      ...(row.isMine === true
        ? [{ label: 'reshipments.withdraw' as const, path: `${own}/withdraw`, body: {}, isForOthers: false }]
        : []),
    ]
  if (tab === 'disputes' && row.state === 'open') {
    const path = `/api/reshipments/disputes/${row.id}/decide`
    return [
      decide('reshipments.uphold', path, 'uphold', true),
      decide('reshipments.dismiss', path, 'dismiss', false),
    ]
  }
  if (tab === 'duplicates' && row.state === 'open') {
    const keep = {
      label: 'reshipments.keep' as const,
      path: `/api/reshipments/duplicates/${row.id}/keep`,
      body: {},
      isForOthers: false,
    }
    if (row.stopNo == null || row.orderId === undefined) return [keep]
    const body = { orderId: row.orderId, trackingNo: row.stopNo }
    return [
      { label: 'reshipments.stop', path: '/api/intercepts', body, isForOthers: false, asksWay: true },
      keep,
    ]
  }
  return []
}
