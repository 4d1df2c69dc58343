import { UnlockOutlined } from '@ant-design/icons'
import { Select } from 'antd'
import { type ReactNode, useMemo } from 'react'
import type { Query } from '#/api/client.ts'
import { UNLOCK_STATES, type UnlockRequest } from '#/api/stock-types.ts'
import type { HoldFilter } from '#/app/page-searches.ts'
import { useWording } from '#/i18n/language.tsx'
import { ListView } from '#/parts/list-view/list-view.tsx'
import type { ListColumn } from '#/parts/list-view/types.ts'
import { useCursorList } from '#/parts/list-view/use-cursor-list.ts'
import { TeachingEmpty } from '#/parts/small.tsx'
import { CodeTag, Tag } from '#/parts/tag.tsx'
import { TimeText } from '#/parts/time-text.tsx'
import type { HoldsChange } from './holds-page.tsx'
import { WarningTags } from './weighing.tsx'

const rowKey = (row: UnlockRequest) => row.id
const rowName = (row: UnlockRequest) => ownerOf(row)

export function ownerOf({ endangers }: Pick<UnlockRequest, 'endangers'>): string {
  return endangers.order?.orderNo ?? (endangers.owner.reference || endangers.owner.id)
}

/** Requests to free a lock by force. */
export function UnlockList({
  tabs,
  filter,
  openId,
  onChange,
}: {
  readonly tabs: ReactNode
  readonly filter: HoldFilter
  readonly openId: string | undefined
  readonly onChange: (change: HoldsChange) => void
}) {
  const { t, word } = useWording()
  const { state } = filter
  const query = useMemo((): Query => ({ state }), [state])
  const list = useCursorList<UnlockRequest>('/api/stock/unlocks', query)
  const columns = useUnlockColumns()
  return (
    <ListView<UnlockRequest>
      name="unlocks"
      label={t('holds.tab.unlocks')}
      columns={columns}
      rowKey={rowKey}
      rowName={rowName}
      openKey={openId}
      list={list}
      onOpen={(row) => onChange({ unlock: row.id })}
      views={tabs}
      filters={
        <Select
          allowClear
          className="hf-filter"
          aria-label={t('holds.unlock.col.state')}
          placeholder={t('holds.unlock.all')}
          value={state ?? null}
          onChange={(chosen: (typeof UNLOCK_STATES)[number] | null) =>
            onChange({ state: chosen ?? undefined })
          }
          options={UNLOCK_STATES.map((value) => ({ value, label: word('unlockState', value) }))}
        />
      }
      filtered={state !== undefined}
      onClearFilters={() => onChange({ state: undefined })}
      empty={
        <TeachingEmpty
          icon={<UnlockOutlined />}
          title={t('holds.emptyUnlocks.title')}
          hint={t('holds.emptyUnlocks.hint')}
        />
      }
    />
  )
}

function useUnlockColumns(): readonly ListColumn<UnlockRequest>[] {
  const { t, count } = useWording()
  return useMemo(() => {
    const column = (
      key:
        | 'owner'
        | 'frees'
        | 'serves'
        | 'warnings'
        | 'reason'
        | 'askedBy'
        | 'askedAt'
        | 'state'
        | 'decidedBy',
      width: number,
      render: ListColumn<UnlockRequest>['render'],
      more: Partial<ListColumn<UnlockRequest>> = {},
    ): ListColumn<UnlockRequest> => ({ key, title: t(`holds.unlock.col.${key}`), width, render, ...more })
    return [
      column(
        'owner',
        196,
        (row) => (
          <span className="hf-stock-sku">
            <CodeTag family="holdOwner" code={row.endangers.owner.kind} />
            <span className="hf-num hf-order-no">{ownerOf(row)}</span>
          </span>
        ),
        { pinned: true },
      ),
      column('state', 90, (row) => <CodeTag family="unlockState" code={row.state} dot />),
      column('frees', 70, (row) => <span className="hf-num">{count(row.frees.pieces)}</span>, {
        align: 'right',
      }),
      column('serves', 90, (row) =>
        row.frees.serves.orders > 0 ? <Tag tone="good">{count(row.frees.serves.orders)}</Tag> : null,
      ),
      column('warnings', 272, (row) => <WarningTags warnings={row.endangers.warnings} />),
      column('reason', 186, (row) => <span title={row.reason}>{row.reason}</span>),
      column('askedBy', 96, (row) => row.askedBy),
      column('askedAt', 98, (row) => <TimeText at={row.askedAt} />),
      column('decidedBy', 110, (row) => (
        <span title={row.words ?? ''}>
          {row.decidedBy} <TimeText at={row.decidedAt} />
        </span>
      )),
    ]
  }, [t, count])
}
